#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/zero_or.hpp>

namespace foregraph {

/// divide: a / b, broadcasting. T[S], T[S] -> T[S] for T in f32, f64. A cotangent of 0 passes back
/// 0, even where b is 0. Backward keeps b, and for b's cotangent the quotient.
struct DivideKernel {
  template <class V>
  static V apply(V a, V b) {
    return a / b;
  }
};

constexpr Tensor divide(Argument a, Argument b, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef divide_op = elementwise::with_flat_at_zero(
    [](Tensor t) {
      return elementwise::is_known_divisor(elementwise::operand(t, 1)) &&
             !elementwise::is_known_negative(elementwise::operand(t, 1)) &&
             elementwise::is_flat_at_zero(elementwise::operand(t, 0));
    },
    elementwise::linear(Linear::in_the_first,
                        elementwise::define<DivideKernel>(
                            "divide", 2,
                            [](Vjp& v) {
                              const Tensor b = v.input(1);
                              const Tensor scaled = elementwise::is_known_divisor(b)
                                                        ? divide(v.cotangent, b, v.at)
                                                        : zero_or_quotient(v.cotangent, b, v.at);
                              if (v.wants(0)) v.set(0, scaled);
                              if (v.wants(1))
                                v.set(1, negate(zero_or_product(scaled, v.output, v.at), v.at));
                            },
                            elementwise::same_floating,
                            [](Tensor t) {
                              return elementwise::is_constant(elementwise::operand(t, 1), 1)
                                         ? elementwise::operand(t, 0)
                                         : t;
                            })));

/// Returns a / b, elementwise, with broadcasting. T[S], T[S'] -> T[broadcast of both] for T in f32,
/// f64.
[[nodiscard]] constexpr Tensor divide(Argument a, Argument b, Location at) {
  return elementwise::apply(divide_op, {a, b}, at);
}
/// Returns divide(a, b).
[[nodiscard]] constexpr Tensor operator/(Argument a, Argument b) {
  return divide(a, b, a.at);
}

FOREGRAPH_REGISTER_KERNEL(divide_op, DivideKernel)

}  // namespace foregraph
