#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/atomic_file.hpp>
#include <foregraph/detail/train/history/append_file.hpp>
#include <string>
#include <system_error>
#include <utility>

namespace foregraph {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, int reason) {
  throw UsageError("cannot write '" + path.string() + "': " + std::strerror(reason) +
                   "; choose a writable location with enough space");
}

/// Returns 0 or the error code.
int write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

}  // namespace

AppendFile::AppendFile(const std::filesystem::path& path, std::string_view bytes) : path_(path) {
  if (path_.empty()) refuse(path_, ENOENT);
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path_, failed);
  if (std::filesystem::is_directory(status)) refuse(path_, EISDIR);
  if (std::filesystem::exists(status)) {
    if (!std::filesystem::is_regular_file(status))
      throw UsageError("cannot write '" + path_.string() +
                       "': it is not a regular file and cannot be replaced; give another path");
    path_ = std::filesystem::canonical(path_, failed);  // the file itself, not a link to it
    if (failed) refuse(path, failed.value());
  }
  replace(bytes);
}

void AppendFile::append(std::string_view bytes) {
  if (const int reason = write_all(file_.number(), bytes); reason != 0) {
    // If truncating fails too, part of the piece stays in the file; both cases throw.
    if (::ftruncate(file_.number(), size_) != 0) refuse(path_, errno);
    refuse(path_, reason);
  }
  size_ += static_cast<std::int64_t>(bytes.size());
}

void AppendFile::replace(std::string_view bytes) {
  try {
    write_file_atomically(path_, bytes);
  } catch (const FileError& error) {
    refuse(path_, error.error_number());
  }
  Descriptor file = open_descriptor(path_, O_WRONLY | O_APPEND);
  if (!file) refuse(path_, errno);
  file_ = std::move(file);
  size_ = static_cast<std::int64_t>(bytes.size());
}

}  // namespace foregraph
