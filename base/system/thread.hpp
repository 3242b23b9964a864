#pragma once

#include <pthread.h>
#include <cstddef>
#include <functional>

namespace foregraph {

/// Minimum stack of the library's threads, regardless of the system's default: several times the
/// need of any kernel (see docs/memory.md).
inline constexpr std::size_t least_stack_bytes = std::size_t{512} << 10;

/// A system thread with room for the kernels on its stack: where the system's default is smaller
/// (musl has 128 KiB), it gets `least_stack_bytes`. Must be joined or detached, like a std::thread.
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
