#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/zero_or.hpp>

namespace foregraph {

/// multiply: a * b, broadcasting. T[S], T[S] -> T[S] for T in f32, f64, i32, i64. A cotangent of 0
/// passes back 0, regardless of the other operand. Backward keeps both operands.
struct MultiplyKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return a * b;
  }
};

constexpr Tensor multiply(Argument a, Argument b, Location at = Location::current());

namespace elementwise {
/// Returns the product of a cotangent and a slope, and 0 where the cotangent is 0.
constexpr Tensor chained(Tensor cotangent, Tensor slope, Location at) {
  return known_number(slope).known ? multiply(cotangent, slope, at)
                                   : zero_or_product(cotangent, slope, at);
}
/// Returns true for x * x, the product of two values flat at 0, or one scaled by a positive number.
constexpr bool is_flat_product(Tensor t) {
  const Tensor a = operand(t, 0);
  const Tensor b = operand(t, 1);
  const bool a_is_flat = is_known_positive(a) || is_flat_at_zero(a);
  const bool b_is_flat = is_known_positive(b) || is_flat_at_zero(b);
  return a.id == b.id || (a_is_flat && b_is_flat);
}
}  // namespace elementwise

FOREGRAPH_EXPORT inline constexpr OpDef multiply_op = elementwise::with_flat_at_zero(
    elementwise::is_flat_product,
    elementwise::linear(Linear::in_each,
                        elementwise::define<MultiplyKernel>(
                            "multiply", 2,
                            [](Vjp& v) {
                              for (const int i : {0, 1})
                                if (v.wants(i))
                                  v.set(i, elementwise::chained(v.cotangent, v.input(1 - i), v.at));
                            },
                            elementwise::same_dtype,
                            [](Tensor t) {
                              if (elementwise::is_constant(elementwise::operand(t, 1), 1))
                                return elementwise::operand(t, 0);
                              if (elementwise::is_constant(elementwise::operand(t, 0), 1))
                                return elementwise::operand(t, 1);
                              return t;
                            })));

/// Returns a b, elementwise, with broadcasting. T[S], T[S'] -> T[broadcast of both].
[[nodiscard]] constexpr Tensor multiply(Argument a, Argument b, Location at) {
  return elementwise::apply(multiply_op, {a, b}, at);
}
/// Returns multiply(a, b).
[[nodiscard]] constexpr Tensor operator*(Argument a, Argument b) {
  return multiply(a, b, a.at);
}

FOREGRAPH_REGISTER_KERNEL(multiply_op, MultiplyKernel)

}  // namespace foregraph
