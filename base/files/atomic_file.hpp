#pragma once

// Files that are whole at any moment, whatever happens to the process or the machine.
//
// The content goes into a temporary file in the folder of the target, which at the end is flushed
// to the disk (fsync), renamed to the target, and the folder flushed as well. rename(2) replaces
// the old file in one step, so whoever opens the target finds the old content or the new one.
// Without the first fsync a power failure could leave the new name with unwritten data; without the
// second it could bring back the old file after commit() has returned, which is whole but out of
// date.
//
// A temporary file is called ".foregraph-partial-" and 16 hexadecimal digits, and its writer holds
// a lock on it (flock), which the system drops when the writer dies. So the next writer in the
// folder knows whose files are left over, also if process numbers are used again or if the folder
// is shared by containers, and removes them.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include <foregraph/detail/base/files/descriptor.hpp>

namespace foregraph {

/// Replaces or makes the file `path`, but only in commit(). If that is not reached, the target is
/// what it was and the temporary file is removed. A symbolic link stays one; the file it leads to
/// is replaced, or made if there is none yet. The permissions of a replaced file are kept. Throws
/// FileError, also from write() and commit(), if the system refuses (no such folder, disk full,
/// ...). Not thread-safe; any number of writers of one path are safe, and the last one to commit
/// wins.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Appends. Nothing is buffered here: write large pieces.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Makes what was written the content of the target. When it returns, that has reached the disk.
  void commit();

  [[nodiscard]] std::int64_t bytes_written() const { return bytes_written_; }

 private:
  void discard() noexcept;
  [[noreturn]] void refuse(std::string_view what, int reason) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< empty if there is none (any more)
  Descriptor file_;
  std::int64_t bytes_written_ = 0;
  bool replaces_ = false;  ///< there is a file already
};

/// The whole in one call, for small files.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Throws FileError if AtomicFile(path) would: before work whose result is to be written there.
void check_writable(const std::filesystem::path& path);

/// Removes what killed writers have left in a folder, as each AtomicFile does at its start.
/// Whatever cannot be read or removed is left. The number of removed files. O(entries of the
/// folder).
int remove_partial_files(const std::filesystem::path& folder) noexcept;

}  // namespace foregraph
