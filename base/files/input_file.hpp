#pragma once

#include <ctime>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/files/descriptor.hpp>

namespace foregraph {

/// A file read in pieces while other programs may write to it. It stays open, so replacing it (by
/// rename(2), as atomic_file.hpp does) or removing it has no effect here. A file truncated or
/// rewritten in place is a DataError, never a SIGBUS as with a map whose pages the program itself
/// touches. Appended bytes are not seen. Usable from any number of threads at once.
class FOREGRAPH_EXPORT InputFile {
 public:
  /// Throws FileError if the file cannot be read or is not a regular file (a folder, a pipe, a
  /// device).
  explicit InputFile(std::filesystem::path path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Returns the size in bytes when the file was opened.
  [[nodiscard]] std::int64_t size() const { return size_; }

  /// Copies bytes starting at `at`. Throws DataError if the file no longer has them, and FileError
  /// if the system cannot read them.
  void read(std::int64_t at, std::span<std::byte> to) const;
  /// Throws DataError if the file was rewritten since it was opened: it is shorter, or has the same
  /// size but another modification time. Call it after reading; read() alone cannot detect this.
  void check_unchanged() const;

 private:
  friend class Gatherer;
  [[noreturn]] void fail_short(std::int64_t now) const;
  /// Returns the file's pages, for the kernel to copy from; null if there are none. Touching them
  /// in the program would risk the SIGBUS that this class avoids.
  [[nodiscard]] const std::byte* pages() const { return pages_; }

  std::filesystem::path path_;
  Descriptor file_;
  std::int64_t size_ = 0;
  std::timespec modified_{};
  const std::byte* pages_ = nullptr;
};

/// Returns the content of a whole file of at most `most_bytes`. Throws DataError if the file is
/// larger, FileError if it cannot be read.
[[nodiscard]] FOREGRAPH_EXPORT std::vector<std::byte> read_whole_file(
    const std::filesystem::path& path, std::int64_t most_bytes);

}  // namespace foregraph
