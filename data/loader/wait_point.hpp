#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace foregraph::data {

/// Lets one thread wait for another. The waiter first spins for a short while, because batches of
/// small models arrive within microseconds and waking a thread costs more than that; then it
/// sleeps.
///
/// The condition must depend only on sequentially consistent atomics (std::atomic's default). Then
/// no wake-up is lost: the waiter announces its sleep before its last check, and the notifier
/// changes the condition before looking for a sleeper, so at least one sees the other.
class WaitPoint {
 public:
  /// Returns when `ready()` is true. For one thread at a time.
  template <typename Ready>
  void wait(Ready ready) {
    if (looked(ready)) return;
    std::unique_lock lock(mutex_);
    asleep_ = true;
    changed_.wait(lock, ready);
    asleep_ = false;
  }
  /// Waits as wait(), but gives up after sleeping for `seconds`. Returns whether `ready()` is true.
  template <typename Ready>
  bool wait_for(double seconds, Ready ready) {
    if (looked(ready)) return true;
    if (!(seconds < for_ever)) {  // the clock's 64 bits of nanoseconds would wrap around
      wait(ready);
      return true;
    }
    std::unique_lock lock(mutex_);
    asleep_ = true;
    const bool is_ready = changed_.wait_for(lock, std::chrono::duration<double>(seconds), ready);
    asleep_ = false;
    return is_ready;
  }

  /// Wakes the waiter; must be called after each change that may make the condition true.
  void notify() {
    if (!asleep_) return;
    { const std::lock_guard lock(mutex_); }  // the waiter checks or sleeps, nothing in between
    changed_.notify_one();
  }

 private:
  /// Number of spins, about 10 microseconds.
  static constexpr int looks = 256;
  /// In seconds: 30 years.
  static constexpr double for_ever = 1e9;

  template <typename Ready>
  static bool looked(Ready ready) {
    for (int i = 0; i < looks; ++i) {
      if (ready()) return true;
      pause();
    }
    return false;
  }

  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
  }

  std::atomic<bool> asleep_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace foregraph::data
