#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/negate.hpp>

namespace foregraph {

/// subtract: a - b, broadcasting. T[S], T[S] -> T[S] for T in f32, f64, i32, i64.
/// Backward keeps nothing.
struct SubtractKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return a - b;
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef subtract_op = elementwise::linear(
    Linear::jointly, elementwise::define<SubtractKernel>(
                         "subtract", 2,
                         [](Vjp& v) {
                           v.set(0, v.cotangent);
                           if (v.wants(1)) v.set(1, negate(v.cotangent, v.at));
                         },
                         elementwise::same_dtype,
                         [](Tensor t) {
                           return elementwise::is_constant(elementwise::operand(t, 1), 0)
                                      ? elementwise::operand(t, 0)
                                      : t;
                         }));

/// Returns a - b, elementwise, with broadcasting. T[S], T[S'] -> T[broadcast of both].
[[nodiscard]] constexpr Tensor subtract(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(subtract_op, {a, b}, at);
}
/// Returns subtract(a, b).
[[nodiscard]] constexpr Tensor operator-(Argument a, Argument b) {
  return subtract(a, b, a.at);
}

FOREGRAPH_REGISTER_KERNEL(subtract_op, SubtractKernel)

}  // namespace foregraph
