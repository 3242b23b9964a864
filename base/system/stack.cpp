#include <pthread.h>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/stack.hpp>
#include <string>

namespace foregraph {
namespace detail {

constinit thread_local EndOfStack end_of_stack;

void find_end_of_stack() {
  EndOfStack found;
  found.is_known = true;
#if defined(__linux__)
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) == 0) {
    void* lowest = nullptr;
    std::size_t bytes = 0;
    if (::pthread_attr_getstack(&attributes, &lowest, &bytes) == 0) {
      std::size_t guard = 0;  // glibc counts it as part of the stack
      if (::pthread_attr_getguardsize(&attributes, &guard) != 0 || guard > bytes) guard = 0;
      found.lowest = reinterpret_cast<std::uintptr_t>(lowest) + guard;
      found.enough = found.lowest + step_stack_bytes;
    }
    ::pthread_attr_destroy(&attributes);
  }
#endif
  end_of_stack = found;
}

void refuse_small_stack(std::uintptr_t here) {
  const auto left = static_cast<std::int64_t>(here - end_of_stack.lowest);
  end_of_stack = {};  // the limit may be raised before the next step
  throw ResourceError("a step needs up to " +
                      to_string(Bytes{static_cast<std::int64_t>(step_stack_bytes)}) +
                      " of stack, but this thread has " + to_string(Bytes{left}) +
                      " left; raise the limit of the main thread (ulimit -s), or start the thread "
                      "with a larger stack (pthread_attr_setstacksize)");
}

}  // namespace detail
}  // namespace foregraph
