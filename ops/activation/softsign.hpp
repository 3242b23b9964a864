#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/ops/math/abs.hpp>
#include <foregraph/detail/ops/math/square.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

namespace foregraph {

/// softsign: x / (1 + |x|). T[S] -> T[S] for T in f32, f64. Backward keeps the output: the
/// derivative is (1 - |y|)^2.
struct SoftsignKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    const V near = vector_math::within(x, T(1e30));  // already 1 there; inf / inf is NaN
    return near / (V(1) + max(-near, near));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef softsign_op = elementwise::define<SoftsignKernel>(
    "softsign", 1,
    [](Vjp& v) {
      const Tensor size = abs(v.output, v.at);
      const Tensor rest = subtract(1.0, size, v.at);
      const Tensor slope = square(rest, v.at);
      v.set(0, zero_or_product(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);

/// Returns x / (1 + |x|), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor softsign(Argument x, Location at = Location::current()) {
  return elementwise::apply(softsign_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(softsign_op, SoftsignKernel)

}  // namespace foregraph
