#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include <foregraph/detail/base/files/descriptor.hpp>

namespace foregraph {

/// A file that grows by whole pieces: a process that is killed leaves all that were added, and of a
/// piece that does not fit the disk nothing is left. All functions throw UsageError, with the path
/// and the system's reason, if the file cannot be written; it is unchanged then.
class AppendFile {
 public:
  /// Makes the file with `bytes` in it, or replaces the one that is there.
  AppendFile(const std::filesystem::path& path, std::string_view bytes);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Adds a piece at the end.
  void append(std::string_view bytes);
  /// Puts `bytes` in the place of all that was there, by way of a temporary file beside it: whoever
  /// opens it gets the old content or the new. Later pieces are added to the new one.
  void replace(std::string_view bytes);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Descriptor file_;
  std::int64_t size_ = 0;
};

}  // namespace foregraph
