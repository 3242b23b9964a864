#pragma once

#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind mask_must_have_the_shape_of_the_values{
    "the mask does not have the shape of the values",
    "values f[S] and a mask f[S] of zeros and ones, of exactly the same shape"};
}  // namespace fault

/// Returns the mean of the values whose mask is 1: sum(values * mask) / max(sum(mask), 1), so that
/// rows that only pad a batch (Tail::pad) do not affect the loss. Both f[S] of exactly one shape,
/// usually [batch] -> f[]. Composed of other ops; masked values must be finite: 0 * inf is NaN.
[[nodiscard]] constexpr Tensor masked_mean(Tensor values, Tensor mask,
                                           Location at = Location::current()) {
  if (values.shape() != mask.shape() || values.dtype() != mask.dtype()) {
    const std::array<Operand, 2> both{
        {{values.shape(), values.dtype()}, {mask.shape(), mask.dtype()}}};
    return graph_of(values, multiply_op, at)
        .fail(fault::mask_must_have_the_shape_of_the_values, &multiply_op, at, both);
  }
  const Tensor total = sum(multiply(values, mask, at), {}, KeepDims::no, at);
  return divide(total, maximum(sum(mask, {}, KeepDims::no, at), 1.0, at), at);
}

}  // namespace foregraph
