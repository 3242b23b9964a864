#pragma once

#include <foregraph/ops/elementwise.hpp>

namespace foregraph {

/// multiply: a * b, broadcasting. T[S], T[S] -> T[S] for T in f32, f64, i32, i64.
/// Backward keeps both operands.
struct MultiplyKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return a * b;
  }
};

constexpr Tensor multiply(Argument a, Argument b, Location at = Location::current());

inline constexpr OpDef multiply_op = elementwise::linear(
    Linear::in_each, elementwise::define<MultiplyKernel>(
                         "multiply", 2,
                         [](Vjp& v) {
                           if (v.wants(0)) v.set(0, multiply(v.cotangent, v.input(1), v.at));
                           if (v.wants(1)) v.set(1, multiply(v.cotangent, v.input(0), v.at));
                         },
                         elementwise::same_dtype,
                         [](Tensor t) {
                           if (elementwise::is_constant(elementwise::operand(t, 1), 1))
                             return elementwise::operand(t, 0);
                           if (elementwise::is_constant(elementwise::operand(t, 0), 1))
                             return elementwise::operand(t, 1);
                           return t;
                         }));

[[nodiscard]] constexpr Tensor multiply(Argument a, Argument b, Location at) {
  return elementwise::apply(multiply_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor operator*(Argument a, Argument b) {
  return multiply(a, b, a.at);
}

FOREGRAPH_REGISTER_KERNEL(multiply_op, MultiplyKernel)

}  // namespace foregraph
