#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/predict/exclusive_use.hpp>
#include <string>

namespace foregraph {

const void* ExclusiveUse::this_thread_mark() {
  static thread_local const char mark = 0;
  return &mark;
}

ExclusiveUse::Scope ExclusiveUse::enter(const char* call, Nested nested) {
  const void* owner = nullptr;
  const void* const self = this_thread_mark();
  if (owner_.compare_exchange_strong(owner, self, std::memory_order_acquire)) {
    open_ = false;
    call_.store(call, std::memory_order_relaxed);
    return {*this, nullptr};
  }
  if (owner != self || !open_ || nested == Nested::refused) refuse(call);
  open_ = false;
  return {*this, call_.exchange(call, std::memory_order_relaxed)};
}

void ExclusiveUse::leave(const char* outer) {
  open_ = outer != nullptr;  // a nested call begins only while the outer one is open
  call_.store(outer, std::memory_order_relaxed);
  if (outer == nullptr) owner_.store(nullptr, std::memory_order_release);
}

void ExclusiveUse::refuse(const char* call) const {
  const bool is_own = owner_.load(std::memory_order_relaxed) == this_thread_mark();
  const char* running = call_.load(std::memory_order_relaxed);
  const std::string both = std::string(call) + " was called while " +
                           (running == nullptr ? "another call" : running) + " of the same " +
                           object_ + " is running";
  if (!is_own)
    throw UsageError(
        both + " in another thread; a " + object_ +
        " serves one thread at a time: give each thread its own, or guard the calls with a mutex");
  throw UsageError(both +
                   "; callbacks of fit() may only call evaluate(), predict(), predict_all(), "
                   "preflight(), save() and set(), and other functions that run inside a call may "
                   "call none. To end "
                   "fit() first, return false from the callback");
}

}  // namespace foregraph
