#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace foregraph {

struct TextLimits {
  /// Limit of a line, up to its LF or CR. Longer lines are not text written by people.
  std::int64_t line_bytes = 0;
  /// Limit of all bytes from a pipe, which may never end.
  std::int64_t pipe_bytes = 0;
  /// Names of the two options in messages.
  const char* line_option = "";
  const char* pipe_option = "";
};

/// Returns the content of a regular file or, until it ends, of a pipe. Memory grows with the bytes
/// read, not with the size a file claims to have. Throws FileError if the file cannot be read, is a
/// folder or device, or is a pipe that nobody opens for writing within ten seconds; DataError if a
/// limit is exceeded.
[[nodiscard]] std::string read_text(const std::filesystem::path& path, const TextLimits& limits);

}  // namespace foregraph
