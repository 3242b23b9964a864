#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/log.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph {

/// binary_cross_entropy_per_element: -(y log q + (1-y) log(1-q)) with q = p clamped to [epsilon,
/// 1-epsilon], epsilon = 1e-7, so that a saturated sigmoid gives a large loss instead of infinity;
/// NaN stays NaN. T[S], T[S] -> T[S] for T in f32, f64. Backward keeps both operands; the
/// derivative is (p-y) / max(p(1-p), epsilon).
struct BinaryCrossEntropyKernel {
  template <class V>
  static V apply(V p, V y) {
    const V q = min(V(1 - 1e-7), max(V(1e-7), p));  // min and max return NaN if it is second
    return -(y * log(q) + (V(1) - y) * log(V(1) - q));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef binary_cross_entropy_op =
    elementwise::define<BinaryCrossEntropyKernel>(
        "binary_cross_entropy", 2,
        [](Vjp& v) {
          const Tensor p = v.input(0);
          const Tensor y = v.input(1);
          if (v.wants(0)) {
            const Tensor variance = multiply(p, subtract(1.0, p, v.at), v.at);
            const Tensor error = subtract(p, y, v.at);
            const Tensor slope = divide(error, maximum(variance, 1e-7, v.at), v.at);
            v.set(0, zero_or_product(v.cotangent, slope, v.at));
          }
          if (v.wants(1)) {
            const Tensor q = minimum(maximum(p, 1e-7, v.at), 1 - 1e-7, v.at);
            const Tensor odds = divide(subtract(1.0, q, v.at), q, v.at);
            v.set(1, zero_or_product(v.cotangent, log(odds, v.at), v.at));
          }
        },
        elementwise::same_floating);

}  // namespace foregraph

namespace foregraph::detail {
constexpr Tensor checked_pair_mean(const OpDef& op, Tensor a, Tensor b, Tensor per_element,
                                   Location at) {
  if (a.shape() != b.shape()) {
    const std::array<Operand, 2> both{{{a.shape(), a.dtype()}, {b.shape(), b.dtype()}}};
    return graph_of(a, op, at).fail(fault::shapes_differ, &op, at, both);
  }
  return mean(per_element, {}, KeepDims::no, at);
}
}  // namespace foregraph::detail

namespace foregraph::nn {

/// Returns the mean binary cross-entropy of probabilities in [0,1] against targets in [0,1], both
/// f[S] of one shape. For logits use binary_cross_entropy_with_logits, which is exact at any
/// magnitude.
[[nodiscard]] constexpr Tensor binary_cross_entropy(Tensor probability, Tensor target,
                                                    Location at = Location::current()) {
  const Tensor each = elementwise::apply(binary_cross_entropy_op, {probability, target}, at);
  return detail::checked_pair_mean(binary_cross_entropy_op, probability, target, each, at);
}

}  // namespace foregraph::nn

namespace foregraph {

/// binary_cross_entropy_with_logits: softplus(x) - x*y, computed as w |x| + log1p(exp(-|x|)) with w
/// = 1-y for x > 0, otherwise y, and w |x| = 0 where w is 0, so that infinite logits on the correct
/// side have zero loss. T[S], T[S] -> T[S] for T in f32, f64. Backward keeps both operands; the
/// derivative with respect to x is sigmoid(x) - y.
struct BinaryCrossEntropyWithLogitsKernel {
  template <class V>
  static V apply(V x, V y) {
    const V size = abs(x);
    const V weight = select(x > V(0), V(1) - y, y);
    return select(weight == V(0), V(0), weight * size) + log1p(exp(-size));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef binary_cross_entropy_with_logits_op =
    elementwise::define<BinaryCrossEntropyWithLogitsKernel>(
        "binary_cross_entropy_with_logits", 2,
        [](Vjp& v) {
          const Tensor x = v.input(0);
          if (v.wants(0)) {
            const Tensor p = sigmoid(x, v.at);
            const Tensor slope = subtract(p, v.input(1), v.at);
            v.set(0, zero_or_product(v.cotangent, slope, v.at));
          }
          if (v.wants(1)) v.set(1, negate(zero_or_product(v.cotangent, x, v.at), v.at));
        },
        elementwise::same_floating);

}  // namespace foregraph

namespace foregraph::nn {

/// Returns the mean binary cross-entropy of sigmoid(logit) against targets, without overflow or
/// loss of precision, even at infinite logits. f[S], f[S] of one shape -> f[].
[[nodiscard]] constexpr Tensor binary_cross_entropy_with_logits(Tensor logit, Tensor target,
                                                                Location at = Location::current()) {
  const OpDef& op = binary_cross_entropy_with_logits_op;
  const Tensor each = elementwise::apply(op, {logit, target}, at);
  return detail::checked_pair_mean(op, logit, target, each, at);
}

}  // namespace foregraph::nn

namespace foregraph {

FOREGRAPH_REGISTER_KERNEL(binary_cross_entropy_op, BinaryCrossEntropyKernel)
FOREGRAPH_REGISTER_KERNEL(binary_cross_entropy_with_logits_op, BinaryCrossEntropyWithLogitsKernel)

}  // namespace foregraph
