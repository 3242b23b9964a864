#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind clamp_bounds_are_reversed{"the lower bound is above the upper bound",
                                                     "clamp(x, low, high) with low <= high"};
}  // namespace fault

/// clamp: min(max(x, low), high), broadcasting, with low <= high. T[S], T[S], T[S] -> T[S] for T in
/// f32, f64, i32, i64; NaN where x or a bound is NaN. The gradient goes to x within the bounds and
/// on them, below to `low`, above to `high`. Backward keeps x, and bounds that are tensors.
struct ClampKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V x, V low, V high) {
    // Of NaN and a number, max and min return their second operand.
    const V raised = select(low == low, max(low, x), low);
    return select(high == high, min(high, raised), high);
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef clamp_op =
    elementwise::define<ClampKernel>("clamp", 3, [](Vjp& v) {
      const Tensor below = less(v.input(0), v.input(1), v.at);
      const Tensor above = greater(v.input(0), v.input(2), v.at);
      const Tensor zero = v.output.graph->constant(0, v.output.dtype(), v.at);
      if (v.wants(0)) {
        const Tensor not_below = select(below, zero, v.cotangent, v.at);
        v.set(0, select(above, zero, not_below, v.at));
      }
      if (v.wants(1)) v.set(1, select(below, v.cotangent, zero, v.at));
      if (v.wants(2)) v.set(2, select(above, v.cotangent, zero, v.at));
    });

/// Returns x clamped to bounds that may be numbers or tensors. For a single bound see maximum() and
/// minimum().
[[nodiscard]] constexpr Tensor clamp(Argument x, Argument low, Argument high,
                                     Location at = Location::current()) {
  if (low.is_number && high.is_number && low.number > high.number && !x.is_number)
    return graph_of(x.tensor, clamp_op, at).fail(fault::clamp_bounds_are_reversed, &clamp_op, at);
  return elementwise::apply(clamp_op, {x, low, high}, at);
}

FOREGRAPH_REGISTER_KERNEL(clamp_op, ClampKernel)

}  // namespace foregraph
