#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <foregraph/detail/base/system/core_wait.hpp>
#include <foregraph/detail/base/system/proc_files.hpp>
#include <memory>
#include <string_view>

namespace foregraph {
namespace {

/// Returns the nanoseconds that a thread has waited for a core, or 0 if they cannot be read.
/// `threads` is the open folder /proc/self/task.
std::int64_t nanoseconds_waited(int threads, const char* thread) {
  std::array<char, 64> path{};
  constexpr std::string_view file = "/schedstat";
  const std::size_t length = std::strlen(thread);
  if (length + file.size() >= path.size()) return 0;
  std::memcpy(path.data(), thread, length);
  std::memcpy(path.data() + length, file.data(), file.size());
  const int descriptor = ::openat(threads, path.data(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  std::array<char, 128> text{};
  const ssize_t count = ::read(descriptor, text.data(), text.size());
  ::close(descriptor);
  if (count <= 0) return 0;
  // Nanoseconds on a core, nanoseconds waiting for one, and the number of times on a core.
  std::string_view rest(text.data(), static_cast<std::size_t>(count));
  std::string_view on_a_core;
  std::string_view waiting;
  if (!proc::next_word(rest, on_a_core) || !proc::next_word(rest, waiting)) return 0;
  return proc::number(waiting).value_or(0);
}

}  // namespace

// Called in each epoch, so it reads without strings: what fit() allocates must not depend on the
// number of threads.
double seconds_waited_for_cores() {
  const std::unique_ptr<DIR, int (*)(DIR*)> threads(::opendir("/proc/self/task"), &::closedir);
  if (!threads) return 0;
  double seconds = 0;
  while (const dirent* const entry = ::readdir(threads.get()))
    if (entry->d_name[0] != '.')
      seconds +=
          static_cast<double>(nanoseconds_waited(::dirfd(threads.get()), entry->d_name)) * 1e-9;
  return seconds;
}

}  // namespace foregraph
