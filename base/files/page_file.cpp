#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <functional>
#include <string>
#include <system_error>
#include <utility>

namespace foregraph {
namespace {

constexpr const char* other_folder =
    "name a folder with enough free space in PagingOptions::folder";
constexpr const char* other_disk =
    "see the system's log for its disk, or name a folder on another one in PagingOptions::folder";

/// Returns true for a folder whose files are in memory, where paging saves none.
bool is_in_memory(const std::filesystem::path& folder) {
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0) return false;
  const auto type = static_cast<std::uint64_t>(status.f_type);
  return type == TMPFS_MAGIC || type == RAMFS_MAGIC;
}

std::filesystem::path folder_of_pages(const std::filesystem::path& folder) {
  if (!folder.empty()) return folder;
  std::error_code ignored;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(ignored);
  if (!temporary.empty() && !is_in_memory(temporary)) return temporary;
  return "/var/tmp";
}

/// While it lives, a file that grows beyond the process's limit is an error (EFBIG) on this thread.
/// Otherwise the system would send a signal, SIGXFSZ, which ends the program.
class TooLargeIsAnError {
 public:
  TooLargeIsAnError() {
    sigset_t pending;
    ::sigemptyset(&pending);
    (void)::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGXFSZ) == 1;
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGXFSZ);
    has_blocked_ = ::pthread_sigmask(SIG_BLOCK, &signal_, &before_) == 0;
  }
  TooLargeIsAnError(const TooLargeIsAnError&) = delete;
  TooLargeIsAnError& operator=(const TooLargeIsAnError&) = delete;
  ~TooLargeIsAnError() {
    if (!has_blocked_) return;
    const int error = errno;
    if (!was_pending_) {
      const timespec no_time{};
      while (::sigtimedwait(&signal_, nullptr, &no_time) < 0 && errno == EINTR) {
      }
    }
    (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }

 private:
  sigset_t signal_{};
  sigset_t before_{};
  bool was_pending_ = false;
  bool has_blocked_ = false;
};

/// Creates a file that vanishes when its descriptor is closed.
Descriptor nameless_file(const std::filesystem::path& folder) {
  Descriptor file(::open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  constexpr const char* what = "create a file for paging in";
  // A file system without nameless files: its file has a name for a moment.
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
    throw_file_error(what, folder, errno, other_folder);
  std::string path = (folder / "foregraph-pages-XXXXXX").string();
  file = Descriptor(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) throw_file_error(what, folder, errno, other_folder);
  (void)::unlink(path.c_str());
  return file;
}

}  // namespace

PageFile::PageFile(const std::filesystem::path& folder, std::int64_t size_bytes,
                   std::size_t requests)
    : folder_(folder_of_pages(folder)),
      size_bytes_(size_bytes),
      file_(nameless_file(folder_)),
      queue_(requests + 1),
      done_(requests, 0) {
  reserve();
  try {
    thread_ = Thread([this] { work(); });
  } catch (const ResourceError&) {  // begin() transfers then
  }
}

PageFile::~PageFile() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PageFile::reserve() const {
  if (size_bytes_ == 0) return;
  const TooLargeIsAnError scope;
  const std::string what = "reserve " + to_string(Bytes{size_bytes_}) + " for paging in";
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(file_.number(), 0, size_bytes_);
  if (error == 0) return;
  if (error != EOPNOTSUPP && error != EINVAL) throw_file_error(what, folder_, error, other_folder);
  if (::ftruncate(file_.number(), size_bytes_) != 0)
    throw_file_error(what, folder_, errno, other_folder);
}

void PageFile::begin_write(std::size_t request, const std::byte* from, std::int64_t bytes,
                           std::int64_t offset) {
  begin({const_cast<std::byte*>(from), bytes, offset, request, true});  // it is only read
}

void PageFile::begin_read(std::size_t request, std::byte* to, std::int64_t bytes,
                          std::int64_t offset) {
  begin({to, bytes, offset, request, false});
}

void PageFile::begin(Request request) {
  const bool has_thread = thread_.joinable();
  {
    const std::lock_guard lock(mutex_);
    if (request.number >= done_.size() || waiting_ == queue_.size())
      throw InternalError("a paged step has more transfers than its page file was made for");
    done_[request.number] = 0;
    if (has_thread) queue_[(first_ + waiting_++) % queue_.size()] = request;
  }
  if (has_thread)
    changed_.notify_all();
  else
    perform(request);
}

void PageFile::wait(std::size_t request) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_[request] != 0; });
  if (failure_) std::rethrow_exception(failure_);
}

void PageFile::finish() noexcept {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_ == 0; });
  failure_ = nullptr;
}

void PageFile::transfer(const Request& request) const {
  const TooLargeIsAnError scope;
  std::byte* memory = request.memory;
  std::int64_t offset = request.offset;
  std::int64_t left = request.bytes;
  while (left > 0) {
    const auto size = static_cast<std::size_t>(left);
    const ssize_t moved = request.is_write ? ::pwrite(file_.number(), memory, size, offset)
                                           : ::pread(file_.number(), memory, size, offset);
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) {
      const std::string what = (request.is_write ? "write " : "read ") +
                               to_string(Bytes{request.bytes}) + " of a paged value in";
      if (moved < 0)
        throw_file_error(what, folder_, errno, request.is_write ? other_folder : other_disk);
      throw FileError("cannot " + what + " '" + folder_.string() + "': the page file has only " +
                          to_string(Bytes{request.bytes - left}) +
                          " of it, so something has truncated it after the step wrote it; " +
                          other_disk,
                      EIO);
    }
    memory += moved;
    offset += moved;
    left -= moved;
  }
}

void PageFile::perform(const Request& request) noexcept {
  std::exception_ptr failure;
  try {
    transfer(request);
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  if (failure && !failure_) failure_ = failure;
  done_[request.number] = 1;
}

void PageFile::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return waiting_ > 0 || ends_; });
    if (waiting_ == 0) return;
    const Request request = queue_[first_];
    lock.unlock();
    perform(request);
    lock.lock();
    first_ = (first_ + 1) % queue_.size();
    --waiting_;
    changed_.notify_all();
  }
}

DiskSpeed measure_disk(const std::filesystem::path& folder, std::int64_t bytes) {
  constexpr std::int64_t block = std::int64_t{1} << 20;
  const std::int64_t blocks = std::max<std::int64_t>((bytes + block - 1) / block, 1);
  PageFile file(folder, blocks * block, 1);
  const std::vector<std::byte> from(static_cast<std::size_t>(block), std::byte{1});
  std::vector<std::byte> to(from.size());
  const auto speed_of = [&](const std::function<void(std::int64_t)>& begin) {
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < blocks; ++i) {
      begin(i * block);
      file.wait(0);
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    return static_cast<double>(blocks * block) / std::max(taken.count(), 1e-9);
  };
  // Twice, as the first write to a new file also finds its place on the disk.
  const auto write = [&](std::int64_t at) { file.begin_write(0, from.data(), block, at); };
  (void)speed_of(write);
  DiskSpeed speed;
  speed.write_bytes_per_second = speed_of(write);
  speed.read_bytes_per_second =
      speed_of([&](std::int64_t at) { file.begin_read(0, to.data(), block, at); });
  return speed;
}

}  // namespace foregraph
