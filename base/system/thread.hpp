#pragma once

#include <pthread.h>
#include <cstddef>
#include <functional>

namespace foregraph {

/// The stack that our threads have at least, whatever the system's default: several times what any
/// kernel takes (see docs/memory.md).
inline constexpr std::size_t least_stack_bytes = std::size_t{512} << 10;

/// A thread of the system's with room for our kernels on its stack: where its default is smaller
/// (musl has 128 KiB), it gets `least_stack_bytes`. To be joined or detached, as a std::thread.
class Thread {
 public:
  Thread() = default;
  /// Throws ResourceError if the system starts no thread.
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

/// Says once in a process, on stderr, that fewer threads work than were asked for.
void tell_of_missing_threads(const char* reason);

}  // namespace foregraph
