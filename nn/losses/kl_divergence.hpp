#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/nn/losses/same_shape.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/log.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph::detail {
FOREGRAPH_EXPORT inline constexpr OpDef kl_loss{
    .name = "kl_divergence"};  ///< name used in faults; not an op
}  // namespace foregraph::detail

namespace foregraph::nn {

/// Returns the Kullback-Leibler divergence of `target` from the prediction: sum(p (log p - log q))
/// over the last axis, mean over the rows. The prediction is given as log-probabilities log q and
/// the target as probabilities p, the convention of PyTorch's kl_div (its reduction "batchmean").
/// Where p is 0 the term is 0 and has no gradient, even if log q is -inf. f[...,K], f[...,K] of
/// exactly one shape -> f[].
[[nodiscard]] constexpr Tensor kl_divergence(Tensor log_prediction, Tensor target,
                                             Location at = Location::current()) {
  if (!detail::same_shape(detail::kl_loss, log_prediction, target, at)) return log_prediction;
  if (target.shape().rank < 1)
    return target.graph->fail(fault::rank_is_wrong, &detail::kl_loss, at);
  constexpr double tiny = 1e-37;  // a normal number in f32 as well
  const Tensor log_target = log(maximum(target, tiny, at), at);
  const Tensor difference = subtract(log_target, log_prediction, at);
  // The term is 0 without a gradient where the target is 0, even if log q is -inf; NaN stays NaN.
  const Tensor product = zero_or_product(target, difference, at);
  const Tensor is_nothing = equal(target, 0.0, at);
  const Tensor term = select(is_nothing, 0.0, product, at);
  const Tensor is_number = equal(difference, difference, at);
  const Tensor each = select(is_number, term, difference, at);
  const Tensor rows = sum(each, {-1}, KeepDims::no, at);
  return mean(rows, {}, KeepDims::no, at);
}

}  // namespace foregraph::nn
