#pragma once

#include <pthread.h>
#include <cstddef>
#include <functional>

namespace foregraph {

/// Stack that the library's threads have for their work, regardless of the system's default:
/// several times the need of any kernel (see docs/memory.md).
inline constexpr std::size_t least_stack_bytes = std::size_t{512} << 10;

/// Returns the stack size to ask the system for so that `least_stack_bytes` are left for the work:
/// a guard page and, with glibc, the program's thread-local variables are taken from it.
std::size_t stack_bytes_of_threads();

/// A system thread with room for the kernels on its stack: where the system's default is smaller
/// (musl has 128 KiB), it gets stack_bytes_of_threads(). Signals sent to the process are blocked in
/// it, so that the program's handlers run on the program's threads; those of a fault in the thread
/// itself (SIGSEGV, ...) and of a profiler (SIGPROF) are not. Must be joined or detached, like a
/// std::thread.
class Thread {
 public:
  Thread() = default;
  /// Throws ResourceError if the system cannot start a thread.
  explicit Thread(std::function<void()> body);
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  ~Thread();

  [[nodiscard]] bool joinable() const { return is_joinable_; }
  void join();
  void detach();

 private:
  pthread_t thread_{};
  bool is_joinable_ = false;
};

/// Reports once per process, on stderr, that fewer threads work than requested.
void tell_of_missing_threads(const char* reason);

}  // namespace foregraph
