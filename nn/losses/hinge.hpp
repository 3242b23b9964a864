#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/nn/losses/same_shape.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph::detail {
FOREGRAPH_EXPORT inline constexpr OpDef hinge_loss{
    .name = "hinge"};  ///< name used in faults; the loss is not an op
}  // namespace foregraph::detail

namespace foregraph::nn {

/// Returns the mean hinge loss max(0, 1 - label * score), as used in support vector machines
/// (Cortes and Vapnik, 1995). Labels are -1 or +1, of the scores' dtype; f[S], f[S] of exactly one
/// shape -> f[].
[[nodiscard]] constexpr Tensor hinge(Tensor score, Tensor label,
                                     Location at = Location::current()) {
  if (!detail::same_shape(detail::hinge_loss, score, label, at)) return score;
  const Tensor margin = multiply(label, score, at);
  const Tensor each = relu(subtract(1.0, margin, at), at);
  return mean(each, {}, KeepDims::no, at);
}

}  // namespace foregraph::nn
