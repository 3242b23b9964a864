#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/files/descriptor.hpp>

namespace foregraph {

/// A file that grows by whole pieces: all appended pieces survive a killed process, and a piece
/// that does not fit on the disk leaves nothing behind. All functions throw UsageError, with the
/// path and the system's reason, if the file cannot be written; it is unchanged then.
class FOREGRAPH_EXPORT AppendFile {
 public:
  /// Creates the file with `bytes` in it, or replaces an existing one.
  AppendFile(const std::filesystem::path& path, std::string_view bytes);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Appends a piece.
  void append(std::string_view bytes);
  /// Replaces the content by `bytes` through a temporary file next to it: readers see the old
  /// content or the new. Later pieces are appended to the new file.
  void replace(std::string_view bytes);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Descriptor file_;
  std::int64_t size_ = 0;
};

}  // namespace foregraph
