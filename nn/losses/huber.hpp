#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/nn/losses/same_shape.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph::fault {
inline constexpr FaultKind huber_delta_must_be_positive{"delta is not positive",
                                                        "a delta above 0, such as 1"};
}  // namespace foregraph::fault

namespace foregraph::detail {
FOREGRAPH_EXPORT inline constexpr OpDef huber_loss{
    .name = "huber"};  ///< name used in faults; the loss is not an op
}  // namespace foregraph::detail

namespace foregraph::nn {

/// Returns the mean Huber loss (Huber, Robust Estimation of a Location Parameter, 1964) of e =
/// prediction - target: e^2 / 2 where |e| <= delta, else delta (|e| - delta/2). Computed as c (e -
/// c/2) with c = e clamped to [-delta, delta]. f[S], f[S] of exactly one shape -> f[].
[[nodiscard]] constexpr Tensor huber(Tensor prediction, Tensor target, double delta = 1,
                                     Location at = Location::current()) {
  if (!detail::same_shape(detail::huber_loss, prediction, target, at)) return prediction;
  if (!(delta > 0))
    return prediction.graph->fail(fault::huber_delta_must_be_positive, &detail::huber_loss, at);
  const Tensor error = subtract(prediction, target, at);
  const Tensor bounded = minimum(maximum(error, -delta, at), delta, at);
  const Tensor rest = subtract(error, multiply(bounded, 0.5, at), at);
  return mean(multiply(bounded, rest, at), {}, KeepDims::no, at);
}

}  // namespace foregraph::nn
