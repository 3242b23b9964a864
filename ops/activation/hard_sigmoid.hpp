#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/zero_or.hpp>

namespace foregraph {

/// hard_sigmoid: max(0, min(1, alpha*x + beta)), as in ONNX. T[S], T[S], T[S] -> T[S] for T in f32,
/// f64; alpha and beta are numbers or tensors. The derivative is 0 where the result is 0 or 1.
/// Backward keeps the output, and x only for the gradient of alpha.
struct HardSigmoidKernel {
  template <class V>
  static V apply(V x, V alpha, V beta) {
    return max(V(0), min(V(1), alpha * x + beta));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef hard_sigmoid_op = elementwise::define<HardSigmoidKernel>(
    "hard_sigmoid", 3,
    [](Vjp& v) {
      const Tensor high = greater_equal(v.output, 1.0, v.at);
      const Tensor below_one = select(high, 0.0, v.cotangent, v.at);
      const Tensor low = less_equal(v.output, 0.0, v.at);
      const Tensor inside = select(low, 0.0, below_one, v.at);
      if (v.wants(0)) v.set(0, elementwise::chained(inside, v.input(1), v.at));
      if (v.wants(1)) v.set(1, zero_or_product(inside, v.input(0), v.at));
      v.set(2, inside);
    },
    elementwise::same_floating);

/// Returns min(max(alpha x + beta, 0), 1), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor hard_sigmoid(Argument x, Argument alpha = 0.2, Argument beta = 0.5,
                                            Location at = Location::current()) {
  return elementwise::apply(hard_sigmoid_op, {x, alpha, beta}, at);
}

FOREGRAPH_REGISTER_KERNEL(hard_sigmoid_op, HardSigmoidKernel)

}  // namespace foregraph
