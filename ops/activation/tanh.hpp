#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

namespace foregraph {

/// tanh: hyperbolic tangent. T[S] -> T[S] for T in f32, f64. Backward keeps the output.
struct TanhKernel {
  template <class V>
  static V apply(V x) {
    return vector_math::tanh_of(x);
  }
};

constexpr Tensor tanh(Argument x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef tanh_op = elementwise::define<TanhKernel>(
    "tanh", 1,
    [](Vjp& v) {
      v.set(0, zero_or_product(v.cotangent, subtract(1.0, multiply(v.output, v.output, v.at), v.at),
                               v.at));
    },
    elementwise::same_floating);

/// Returns tanh(x), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor tanh(Argument x, Location at) {
  return elementwise::apply(tanh_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(tanh_op, TanhKernel)

}  // namespace foregraph
