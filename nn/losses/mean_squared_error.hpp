#pragma once

#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph::nn {

/// Returns mean((prediction - target)^2) over all elements. Both are f[S] of exactly one shape:
/// broadcasting, e.g. of [batch,1] against [batch], would hide a mistake and is a fault.
[[nodiscard]] constexpr Tensor mean_squared_error(Tensor prediction, Tensor target,
                                                  Location at = Location::current()) {
  if (prediction.shape() != target.shape()) {
    const std::array<Operand, 2> both{
        {{prediction.shape(), prediction.dtype()}, {target.shape(), target.dtype()}}};
    return graph_of(prediction, subtract_op, at).fail(fault::shapes_differ, &subtract_op, at, both);
  }
  const Tensor error = subtract(prediction, target, at);
  return mean(multiply(error, error, at), {}, KeepDims::no, at);
}

}  // namespace foregraph::nn
