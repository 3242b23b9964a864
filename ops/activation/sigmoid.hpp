#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

namespace foregraph {

/// sigmoid: 1 / (1 + exp(-x)). T[S] -> T[S] for T in f32, f64. Backward keeps the output.
/// exp(-x) overflows to infinity for very negative x, which gives the right limit 0.
struct SigmoidKernel {
  template <class V>
  static V apply(V x) {
    return V(1) / (V(1) + exp(-x));
  }
};

constexpr Tensor sigmoid(Argument x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef sigmoid_op = elementwise::define<SigmoidKernel>(
    "sigmoid", 1,
    [](Vjp& v) {
      v.set(0, zero_or_product(v.cotangent, multiply(v.output, subtract(1.0, v.output, v.at), v.at),
                               v.at));
    },
    elementwise::same_floating);

/// Returns 1 / (1 + exp(-x)), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor sigmoid(Argument x, Location at) {
  return elementwise::apply(sigmoid_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(sigmoid_op, SigmoidKernel)

}  // namespace foregraph
