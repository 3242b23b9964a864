#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/divide.hpp>

namespace foregraph {

/// sqrt: square root. T[S] -> T[S] for T in f32, f64; NaN below 0. The slope at 0 is infinite, but
/// the gradient is 0 for a cotangent of 0, and for any cotangent where a sum of squares is 0: the
/// derivative of a norm is then 0, not 0 * inf. Backward keeps the output.
struct SqrtKernel {
  template <class V>
  static V apply(V x) {
    return sqrt(x);
  }
};

constexpr Tensor sqrt(Argument x, Location at = Location::current());

namespace elementwise {
/// Returns `gradient` of a root of operand 0 of v, or 0 where the root is 0 if the operand is flat
/// there. A NaN cotangent stays NaN.
constexpr Tensor or_flat_at_zero(Vjp& v, Tensor gradient) {
  if (!is_flat_at_zero(v.input(0))) return gradient;
  const Tensor is_zero = equal(v.output, 0.0, v.at);
  const Tensor none = multiply(v.cotangent, 0.0, v.at);
  return select(is_zero, none, gradient, v.at);
}
}  // namespace elementwise

FOREGRAPH_EXPORT inline constexpr OpDef sqrt_op = elementwise::define<SqrtKernel>(
    "sqrt", 1,
    [](Vjp& v) {
      const Tensor half = multiply(v.cotangent, 0.5, v.at);
      const Tensor steep = zero_or_quotient(half, v.output, v.at);
      v.set(0, elementwise::or_flat_at_zero(v, steep));
    },
    elementwise::same_floating);

/// Returns the square root, elementwise: NaN below 0. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor sqrt(Argument x, Location at) {
  return elementwise::apply(sqrt_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(sqrt_op, SqrtKernel)

}  // namespace foregraph
