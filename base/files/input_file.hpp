#pragma once

#include <ctime>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include <foregraph/detail/base/files/descriptor.hpp>

namespace foregraph {

/// A file that is read in pieces while other programs may write to it. It stays open, so that one
/// that replaces it (by rename(2), as atomic_file.hpp does) or removes it changes nothing here. A
/// file that is cut short or rewritten in place is a DataError; never a SIGBUS, as with a map whose
/// pages the program itself touches. What is appended is not seen. Any number of threads at once.
class InputFile {
 public:
  /// Throws FileError if the file cannot be read, or is none (a folder, a pipe, a device).
  explicit InputFile(std::filesystem::path path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Bytes when it was opened.
  [[nodiscard]] std::int64_t size() const { return size_; }

  /// Copies the bytes from `at` on. Throws DataError if the file does not have them any more, and
  /// FileError if the system cannot read them.
  void read(std::int64_t at, std::span<std::byte> to) const;
  /// Throws DataError if the file was rewritten since it was opened: it has become shorter, or has
  /// the size that it had, but another time of modification. To be called after a read, for what
  /// read() alone cannot tell.
  void check_unchanged() const;

 private:
  friend class Gatherer;
  [[noreturn]] void fail_short(std::int64_t now) const;
  /// The file's pages, for the kernel to copy from; null if there are none. To touch them here
  /// would be the SIGBUS that this class is to avoid.
  [[nodiscard]] const std::byte* pages() const { return pages_; }

  std::filesystem::path path_;
  Descriptor file_;
  std::int64_t size_ = 0;
  std::timespec modified_{};
  const std::byte* pages_ = nullptr;
};

/// Reads a whole file of at most `most_bytes`. Throws DataError if it has more, FileError if it
/// cannot be read.
[[nodiscard]] std::vector<std::byte> read_whole_file(const std::filesystem::path& path,
                                                     std::int64_t most_bytes);

}  // namespace foregraph
