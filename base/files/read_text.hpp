#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace foregraph {

struct TextLimits {
  /// A line, up to its LF or CR. Longer ones are no text that people write.
  std::int64_t line_bytes = 0;
  /// All that comes from a pipe, which may never end.
  std::int64_t pipe_bytes = 0;
  /// Names of the two options, for messages.
  const char* line_option = "";
  const char* pipe_option = "";
};

/// Returns the content of a regular file or, up to its end, of a pipe. Memory grows with what has
/// been read and not with what a file claims to have. Throws FileError if it cannot be read, is a
/// folder or device, or is a pipe that nobody opens for writing within ten seconds; DataError if a
/// limit is exceeded.
[[nodiscard]] std::string read_text(const std::filesystem::path& path, const TextLimits& limits);

}  // namespace foregraph
