#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/input_file.hpp>
#include <string>
#include <utility>

namespace foregraph {

InputFile::InputFile(std::filesystem::path path) : path_(std::move(path)) {
  // O_NONBLOCK: a pipe without a writer is rejected below instead of waited for.
  file_ = open_descriptor(path_, O_RDONLY | O_NONBLOCK);
  if (!file_) throw_file_error("read", path_, errno, "check the path and its permissions");
  struct stat status {};
  if (::fstat(file_.number(), &status) != 0) throw_file_error("read", path_, errno);
  if (!S_ISREG(status.st_mode))
    throw FileError(
        "cannot read '" + path_.string() + "': it is not a regular file; check the path", 0);
  size_ = status.st_size;
  modified_ = status.st_mtim;
  if (size_ == 0) return;  // a map must not be empty
  void* const address =
      ::mmap(nullptr, static_cast<std::size_t>(size_), PROT_READ, MAP_PRIVATE, file_.number(), 0);
  if (address != MAP_FAILED) pages_ = static_cast<const std::byte*>(address);
}

InputFile::~InputFile() {
  if (pages_ != nullptr) ::munmap(const_cast<std::byte*>(pages_), static_cast<std::size_t>(size_));
}

void InputFile::fail_short(std::int64_t now) const {
  throw DataError(path_.string() + ": the file was truncated while it was being read: it had " +
                  std::to_string(size_) + " bytes when opened and has " + std::to_string(now) +
                  " now; reopen it once it is complete, and replace files by renaming");
}

void InputFile::read(std::int64_t at, std::span<std::byte> to) const {
  std::size_t done = 0;
  while (done < to.size()) {
    const std::size_t most = std::min<std::size_t>(to.size() - done, std::size_t{1} << 30);
    const ssize_t got =
        ::pread(file_.number(), to.data() + done, most, at + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_file_error("read", path_, errno);
    if (got == 0) fail_short(at + static_cast<std::int64_t>(done));
    done += static_cast<std::size_t>(got);
  }
}

void InputFile::check_unchanged() const {
  struct stat status {};
  if (::fstat(file_.number(), &status) != 0) throw_file_error("read", path_, errno);
  if (status.st_size < size_) fail_short(status.st_size);
  if (status.st_size > size_ ||
      (status.st_mtim.tv_sec == modified_.tv_sec && status.st_mtim.tv_nsec == modified_.tv_nsec))
    return;
  throw DataError(
      path_.string() +
      ": the file was modified while it was being read; reopen it, and replace files by renaming");
}

std::vector<std::byte> read_whole_file(const std::filesystem::path& path, std::int64_t most_bytes) {
  const InputFile file(path);
  if (file.size() > most_bytes)
    throw DataError(path.string() + ": the file has " + std::to_string(file.size()) +
                    " bytes, expected at most " + std::to_string(most_bytes));
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
  file.read(0, bytes);
  file.check_unchanged();
  return bytes;
}

}  // namespace foregraph
