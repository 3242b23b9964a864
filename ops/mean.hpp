#pragma once

#include <foregraph/ops/divide.hpp>
#include <foregraph/ops/sum.hpp>

namespace foregraph {

/// mean over some or all axes: sum / number of summed elements, where that number follows the
/// batch size of the step, so that a smaller last batch is averaged rightly.
/// T[S] -> T[S without axes] for T in f32, f64.
[[nodiscard]] constexpr Tensor mean(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                    Location at = Location::current()) {
  const std::int64_t mask = axes.mask(x.shape().rank);
  Shape summed;
  for (int i = 0; i < x.shape().rank; ++i)
    if (mask >= 0 && ((mask >> i) & 1) != 0) summed.push_back(x.shape()[i]);
  const Tensor total = sum(x, axes, keep, at);
  const Dim count = summed.elements();
  if (count.is_constant()) return divide(total, static_cast<double>(count.constant), at);
  return divide(total, total.graph->extent(summed, x.dtype(), at), at);
}

}  // namespace foregraph
