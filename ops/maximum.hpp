#pragma once

#include <foregraph/ops/comparison.hpp>
#include <foregraph/ops/select.hpp>

namespace foregraph {

/// maximum: the larger of a and b, broadcasting. T[S], T[S] -> T[S] for T in f32, f64, i32, i64.
/// Where they are equal the gradient goes to b. Backward keeps both operands.
struct MaximumKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return max(a, b);
  }
};

inline constexpr OpDef maximum_op = elementwise::define<MaximumKernel>("maximum", 2, [](Vjp& v) {
  const Tensor first = greater(v.input(0), v.input(1), v.at);
  const Tensor zero = v.output.graph->constant(0, v.output.dtype(), v.at);
  if (v.wants(0)) v.set(0, select(first, v.cotangent, zero, v.at));
  if (v.wants(1)) v.set(1, select(first, zero, v.cotangent, v.at));
});

[[nodiscard]] constexpr Tensor maximum(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(maximum_op, {a, b}, at);
}

FOREGRAPH_REGISTER_KERNEL(maximum_op, MaximumKernel)

}  // namespace foregraph
