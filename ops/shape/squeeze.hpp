#pragma once

#include <foregraph/detail/ops/basic/moving.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind squeezed_axis_is_not_one{"an axis to be squeezed is larger than 1",
                                                    "axes of size 1 at every batch size"};
}  // namespace fault

/// squeeze: removes the given axes, which must have size 1, or all axes of size 1. A view, like
/// reshape. T[S] -> T[S without axes] for every T.
[[nodiscard]] constexpr Tensor squeeze(Tensor x, Axes axes = {},
                                       Location at = Location::current()) {
  Graph& g = graph_of(x, reshape_op, at);
  const Shape from = x.shape();
  const Operand self{from, x.dtype()};
  const std::int64_t mask = axes.mask(from.rank);
  if (mask < 0) return g.fail(fault::axis_is_out_of_range, &reshape_op, at, {&self, 1});
  Shape to;
  for (int i = 0; i < from.rank; ++i) {
    const bool asked = ((mask >> i) & 1) != 0;
    if (asked && from[i].is_one()) continue;
    if (asked && !axes.all)
      return g.fail(fault::squeezed_axis_is_not_one, &reshape_op, at, {&self, 1});
    to.push_back(from[i]);
  }
  return reshape(x, to, at);
}

/// unsqueeze: inserts an axis of size 1 as axis `axis` of the result; -1 is the last. A view.
[[nodiscard]] constexpr Tensor unsqueeze(Tensor x, int axis, Location at = Location::current()) {
  Graph& g = graph_of(x, reshape_op, at);
  const Shape from = x.shape();
  const int front = detail::axis_from_front(axis, from.rank + 1);
  if (front < 0) {
    const Operand self{from, x.dtype()};
    return g.fail(fault::axis_is_out_of_range, &reshape_op, at, {&self, 1});
  }
  Shape to;
  for (int i = 0; i <= from.rank; ++i) {
    if (i == front) to.push_back(1);
    if (i < from.rank) to.push_back(from[i]);
  }
  return reshape(x, to, at);
}

/// flatten: merges all axes from `first_axis` on into one. A view. By default merges the axes of
/// one sample: f[batch,28,28] -> f[batch,784].
[[nodiscard]] constexpr Tensor flatten(Tensor x, int first_axis = 1,
                                       Location at = Location::current()) {
  Graph& g = graph_of(x, reshape_op, at);
  const Shape from = x.shape();
  const int front = first_axis < 0 ? first_axis + from.rank : first_axis;
  if (front < 0 || front > from.rank) {
    const Operand self{from, x.dtype()};
    return g.fail(fault::axis_is_out_of_range, &reshape_op, at, {&self, 1});
  }
  Shape to;
  Dim rest = 1;
  for (int i = 0; i < from.rank; ++i) {
    if (i < front)
      to.push_back(from[i]);
    else
      rest = multiply(rest, from[i]).value;
  }
  to.push_back(rest);
  return reshape(x, to, at);
}

}  // namespace foregraph
