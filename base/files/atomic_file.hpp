#pragma once

// Files that are complete at every moment, even if the process or the machine fails.
//
// The content is written to a temporary file in the target's folder, which is then flushed to disk
// (fsync) and renamed to the target; finally the folder is flushed. rename(2) replaces the old file
// in one step, so readers of the target find either the old or the new content. Without the first
// fsync a power failure could leave the new name with unwritten data; without the second it could
// restore the old file after commit() has returned, complete but out of date.
//
// A temporary file is named ".foregraph-partial-" plus 16 hexadecimal digits. Its writer holds a
// lock on it (flock), which the system releases when the writer dies. The next writer in the folder
// can therefore identify and remove leftover files, even if process ids are reused or containers
// share the folder.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/files/descriptor.hpp>

namespace foregraph {

/// Replaces or creates the file `path`, but only in commit(). Without commit() the target stays
/// unchanged and the temporary file is removed. A symbolic link stays a link; the file it points to
/// is replaced, or created if missing. The permissions of a replaced file are kept. The
/// constructor, write() and commit() throw FileError if the system refuses (no such folder, disk
/// full, ...). Not thread-safe; any number of writers of one path are safe, and the last one to
/// commit wins.
class FOREGRAPH_EXPORT AtomicFile {
 public:
  /// Creates a temporary file next to `path`. Throws FileError if that is not possible.
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Appends bytes. Unbuffered: write large pieces.
  void write(std::span<const std::byte> bytes);
  /// Writes text; throws FileError.
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Makes the written bytes the content of the target. They have reached the disk when it returns.
  void commit();

  /// Returns the number of bytes written so far.
  [[nodiscard]] std::int64_t bytes_written() const { return bytes_written_; }

 private:
  void discard() noexcept;
  [[noreturn]] void refuse(std::string_view what, int reason) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< empty if there is none or it has been renamed
  Descriptor file_;
  std::int64_t bytes_written_ = 0;
  bool replaces_ = false;  ///< the target already exists
};

/// Writes a whole file in one call, for small files.
FOREGRAPH_EXPORT void write_file_atomically(const std::filesystem::path& path,
                                            std::string_view content);

/// Throws FileError if AtomicFile(path) would. For use before work whose result is to be written
/// there.
FOREGRAPH_EXPORT void check_writable(const std::filesystem::path& path);

/// Removes temporary files that killed writers left in a folder, as each AtomicFile does when it is
/// constructed. Returns the number of removed files; files that cannot be read or removed are left.
/// O(entries of the folder).
FOREGRAPH_EXPORT int remove_partial_files(const std::filesystem::path& folder) noexcept;

}  // namespace foregraph
