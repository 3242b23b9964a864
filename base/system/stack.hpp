#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Upper bound on the stack a step takes on the thread that runs it; see docs/memory.md. Most of it
/// holds packed operands of matrix products.
inline constexpr std::size_t step_stack_bytes = std::size_t{160} << 10;

namespace detail {
/// Addresses of this thread's stack where too little is left for a step; unset if the system does
/// not report the stack.
struct EndOfStack {
  std::uintptr_t lowest = 0;
  std::uintptr_t enough = 0;
  bool is_known = false;
};
FOREGRAPH_EXPORT extern constinit thread_local EndOfStack end_of_stack;
FOREGRAPH_EXPORT void find_end_of_stack();
[[noreturn]] FOREGRAPH_EXPORT void refuse_small_stack(std::uintptr_t here);
}  // namespace detail

/// Throws ResourceError if less than `step_stack_bytes` of this thread's stack are left, where a
/// step would end in a segmentation fault. Cannot check stacks provided by the caller (coroutines,
/// fibers).
[[gnu::always_inline]] inline void check_stack() {
  if (!detail::end_of_stack.is_known) detail::find_end_of_stack();
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here < detail::end_of_stack.enough && here >= detail::end_of_stack.lowest)
    detail::refuse_small_stack(here);
}

}  // namespace foregraph
