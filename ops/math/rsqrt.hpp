#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/square.hpp>

namespace foregraph {

/// rsqrt: 1 / sqrt(x). T[S] -> T[S] for T in f32, f64; infinite at 0, NaN below. Rounded twice;
/// does not use the hardware's estimate. A cotangent of 0 passes back 0. Backward keeps the output.
struct RsqrtKernel {
  template <class V>
  static V apply(V x) {
    return V(1) / sqrt(x);
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef rsqrt_op = elementwise::define<RsqrtKernel>(
    "rsqrt", 1,
    [](Vjp& v) {  // -ct/2 * y^3
      const Tensor squared = square(v.output, v.at);
      const Tensor cubed = zero_or_product(squared, v.output, v.at);
      const Tensor half = multiply(v.cotangent, -0.5, v.at);
      v.set(0, zero_or_product(half, cubed, v.at));
    },
    elementwise::same_floating);

/// Returns 1 / sqrt(x), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor rsqrt(Argument x, Location at = Location::current()) {
  return elementwise::apply(rsqrt_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(rsqrt_op, RsqrtKernel)

}  // namespace foregraph
