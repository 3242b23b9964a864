#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind groups_do_not_divide_the_channels{
    "the channels cannot be split into that many groups",
    "x[N,...,C] of at least rank 2 with C a constant multiple of the number of groups"};
}  // namespace fault

namespace detail {
FOREGRAPH_EXPORT inline constexpr OpDef group_norm_op{
    .name = "group_norm"};  ///< name used in its faults
}  // namespace detail

/// group_norm: splits the channels, the last axis, into `groups` of adjacent channels; normalises
/// each group of each sample by its mean and population variance over all axes between and the
/// group's channels, then scales and shifts per channel (Wu and He, 2018). One group is layer norm
/// over all axes but the first; one group per channel is instance norm. f[N,...,C], f[C], f[C] ->
/// f[N,...,C]. Composed of ordinary ops, which are fused.
[[nodiscard]] constexpr Tensor group_norm(Tensor x, Tensor gamma, Tensor beta, std::int64_t groups,
                                          double epsilon = 1e-5,
                                          Location at = Location::current()) {
  Graph& g = graph_of(x, detail::group_norm_op, at);
  const Shape& shape = x.shape();
  const Dim channels = shape[-1];
  if (shape.rank < 2 || groups < 1 || !channels.is_constant() || channels.constant % groups != 0) {
    const Operand self{shape, x.dtype()};
    return g.fail(fault::groups_do_not_divide_the_channels, &detail::group_norm_op, at, {&self, 1});
  }
  Dim places = 1;
  for (int i = 1; i + 1 < shape.rank; ++i) places = multiply(places, shape[i]).value;
  const Shape original = shape;
  const Shape grouped{shape[0], places, Dim{groups}, Dim{channels.constant / groups}};
  const Tensor in_groups = reshape(x, grouped, at);
  const Tensor centre = mean(in_groups, {1, 3}, KeepDims::yes, at);
  const Tensor rest = subtract(in_groups, centre, at);
  const Tensor squares = multiply(rest, rest, at);
  const Tensor variance = mean(squares, {1, 3}, KeepDims::yes, at);
  const Tensor deviation = sqrt(add(variance, epsilon, at), at);
  const Tensor normalised = divide(rest, deviation, at);
  const Tensor scaled = multiply(reshape(normalised, original, at), gamma, at);
  return add(scaled, beta, at);
}

}  // namespace foregraph
