#pragma once

#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/divide.hpp>

namespace foregraph {

namespace reduction {
/// Returns t * factor / n, where n is the number of elements of `reduced` at the batch size of the
/// step.
[[nodiscard]] constexpr Tensor divide_by_count(Tensor t, const Shape& reduced, double factor,
                                               Location at) {
  const Dim count = reduced.elements();
  if (count.is_constant()) return divide(t, static_cast<double>(count.constant) / factor, at);
  const Tensor total = t.graph->extent(reduced, t.dtype(), at);
  return divide(factor == 1 ? t : multiply(t, factor, at), total, at);
}
}  // namespace reduction

/// Returns the mean over some or all axes: sum / number of summed elements. The number depends on
/// the batch size of the step, so that a smaller last batch is averaged correctly. T[S] -> T[S
/// without axes] for T in f32, f64.
[[nodiscard]] constexpr Tensor mean(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                    Location at = Location::current()) {
  const Shape summed = reduction::axes_of(x.shape(), axes.mask(x.shape().rank));
  const Tensor total = sum(x, axes, keep, at);
  return reduction::divide_by_count(total, summed, 1, at);
}

}  // namespace foregraph
