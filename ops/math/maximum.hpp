#pragma once

#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

namespace foregraph {

/// maximum: the larger of a and b, broadcasting; NaN where either is NaN. T[S], T[S] -> T[S] for T
/// in f32, f64, i32, i64. If they are equal the gradient goes to b, if one is NaN to both. Backward
/// keeps both operands.
struct MaximumKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a == a, max(a, b), a);  // of NaN and a number, max returns its second operand
  }
};

inline constexpr OpDef maximum_op = elementwise::define<MaximumKernel>("maximum", 2, [](Vjp& v) {
  if (v.wants(0)) {
    const Tensor second = less_equal(v.input(0), v.input(1), v.at);
    v.set(0, select(second, 0.0, v.cotangent, v.at));
  }
  if (v.wants(1)) {
    const Tensor first = greater(v.input(0), v.input(1), v.at);
    v.set(1, select(first, 0.0, v.cotangent, v.at));
  }
});

/// Returns the larger of a and b, elementwise, with broadcasting; NaN if one is. T[S], T[S'] ->
/// T[broadcast of both].
[[nodiscard]] constexpr Tensor maximum(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(maximum_op, {a, b}, at);
}

FOREGRAPH_REGISTER_KERNEL(maximum_op, MaximumKernel)

}  // namespace foregraph
