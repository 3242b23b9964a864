#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/atomic_file.hpp>
#include <foregraph/detail/base/text.hpp>
#include <random>
#include <string>
#include <system_error>

namespace foregraph {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view partial_prefix = ".foregraph-partial-";
constexpr std::size_t partial_digits = 16;

std::string partial_name() {
  std::random_device source;
  const std::uint64_t number = std::uint64_t{source()} << 32U | source();
  return std::string(partial_prefix) + text::hexadecimal(number, partial_digits);
}

bool is_partial_name(std::string_view name) {
  return name.size() == partial_prefix.size() + partial_digits &&
         name.starts_with(partial_prefix) &&
         name.find_first_not_of("0123456789abcdef", partial_prefix.size()) ==
             std::string_view::npos;
}

enum class Lock { taken, held_by_another, impossible };
Lock try_lock(int file) {
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Lock::held_by_another;
    if (errno != EINTR) return Lock::impossible;  // a file system without locks
  }
  return Lock::taken;
}

bool has_a_name(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && status.st_nlink > 0;
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Returns the path at the end of a chain of links, whether or not a file exists there.
fs::path end_of_links(const fs::path& path) {
  constexpr int most_links = 40;  // like the system's limit
  std::error_code failed;
  fs::path target = path;
  for (int links = 0; fs::is_symlink(target, failed); ++links) {
    if (links == most_links)
      throw_file_error("write", path, ELOOP, "use a path without symbolic links");
    const fs::path next = fs::read_symlink(target, failed);
    if (failed) throw_file_error("write", path, failed.value());
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  return target;
}

/// Returns the path to write to, with links followed. Throws if the target must not be replaced.
fs::path target_of(const fs::path& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!path.has_filename() || fs::is_directory(status))
    throw FileError(
        "cannot write '" + path.string() + "': it is a directory; give the path of a file", EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw FileError("cannot write '" + path.string() +
                        "': it is a device or a pipe, and writing would replace it with a file",
                    0);
  const fs::path target = end_of_links(path);
  if (status.type() == fs::file_type::none)  // e.g. a name that is too long
    throw_file_error("write", path, failed.value(), "check the path and its permissions");
  return target;
}

/// Flushes a folder. Some file systems cannot flush folders, and need not.
void flush_folder(const fs::path& folder) {
  const Descriptor opened = open_descriptor(folder, O_RDONLY | O_DIRECTORY);
  if (!opened) return;  // a folder that is writable but not readable
  while (::fsync(opened.number()) != 0) {
    if (errno == EINVAL || errno == ENOTSUP || errno == EROFS) return;
    if (errno != EINTR) throw_file_error("flush folder", folder, errno);
  }
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(target_of(path)) {
  const fs::path folder = folder_of(path_);
  remove_partial_files(folder);
  // Retry: a cleaner may lock the new file first, take it for a leftover and remove it.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const fs::path name = folder / partial_name();
    Descriptor file = open_descriptor(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (!file && errno == EEXIST) continue;
    if (!file) {
      const int reason = errno;
      throw_file_error("write", path, reason,
                       path == path_
                           ? "check that its folder exists and is writable"
                           : "it is a link to '" + path_.string() +
                                 "'; check that the link's target folder exists and is writable");
    }
    if (try_lock(file.number()) == Lock::held_by_another || !has_a_name(file.number())) continue;
    file_ = std::move(file);
    temporary_ = name;
    struct stat old {};
    replaces_ = ::stat(path_.c_str(), &old) == 0;
    if (replaces_) (void)::fchmod(file_.number(), old.st_mode & 07777U);
    return;
  }
  throw FileError("cannot write '" + path.string() + "': could not create a temporary file in '" +
                      folder.string() + "'",
                  EEXIST);
}

AtomicFile::~AtomicFile() {
  discard();
}

void AtomicFile::discard() noexcept {
  if (!temporary_.empty()) (void)::unlink(temporary_.c_str());
  temporary_.clear();
  file_.close();
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (temporary_.empty()) throw UsageError("AtomicFile: cannot write after commit()");
  constexpr std::size_t most = std::size_t{1} << 30;  // Linux accepts 2 GiB at most
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.number(), bytes.data(), std::min(bytes.size(), most));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse("write", errno);
    bytes_written_ += written;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::refuse(std::string_view what, int reason) const {
  throw_file_error(what, path_, reason,
                   std::to_string(bytes_written_) + " bytes had been written; " +
                       (replaces_ ? "the old file is unchanged" : "no file was created"));
}

void AtomicFile::commit() {
  if (temporary_.empty()) throw UsageError("AtomicFile: commit() was already called");
  while (::fsync(file_.number()) != 0)
    if (errno != EINTR) refuse("flush", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) refuse("replace", errno);
  temporary_.clear();
  file_.close();
  flush_folder(folder_of(path_));
}

void write_file_atomically(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

void check_writable(const fs::path& path) {
  const AtomicFile file(path);
}

int remove_partial_files(const fs::path& folder) noexcept {
  int removed = 0;
  try {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (!is_partial_name(entry->path().filename().native())) continue;
      const Descriptor file = open_descriptor(entry->path(), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
      if (!file || try_lock(file.number()) != Lock::taken) continue;
      // The writer may have renamed it meanwhile; then the name is gone, or belongs to another
      // writer.
      struct stat locked {};
      struct stat named {};
      if (::fstat(file.number(), &locked) != 0 || !S_ISREG(locked.st_mode) ||
          ::lstat(entry->path().c_str(), &named) != 0 || locked.st_ino != named.st_ino ||
          locked.st_dev != named.st_dev)
        continue;
      if (::unlink(entry->path().c_str()) == 0) ++removed;
    }
  } catch (...) {  // out of memory: cleanup can wait
  }
  return removed;
}

}  // namespace foregraph
