#pragma once

#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind count_of_copies_is_not_positive{"the number of copies is below 1",
                                                           "at least one copy"};
}  // namespace fault

namespace detail {
/// Repeats x `count` times along `axis`: each element individually, or the whole axis.
constexpr Tensor copies(Tensor x, std::int64_t count, int axis, bool of_elements, Location at) {
  Graph& g = graph_of(x, broadcast_op, at);
  const Shape shape = x.shape();
  const Operand self{shape, x.dtype()};
  const int front = axis_from_front(axis, shape.rank);
  if (front < 0) return g.fail(fault::axis_is_out_of_range, &broadcast_op, at, {&self, 1});
  if (count < 1)
    return g.fail(fault::count_of_copies_is_not_positive, &broadcast_op, at, {&self, 1});
  // [before, after], with the copies between them.
  Dim before = 1;
  Dim after = 1;
  for (int i = 0; i < shape.rank; ++i) {
    Dim& side = i < front || (i == front && of_elements) ? before : after;
    side = multiply(side, shape[i]).value;
  }
  Shape result = shape;
  const Product size = multiply(shape[front], count);
  if (size.fault != SizeFault::none)
    return g.fail(fault::size_overflows, &broadcast_op, at, {&self, 1});
  result.set(front, size.value);
  const Tensor apart = reshape(x, {before, 1, after}, at);
  const Tensor copied = broadcast_to(apart, {before, count, after}, at);
  return reshape(copied, result, at);
}
}  // namespace detail

/// tile: `count` copies of x, concatenated along `axis`. T[...,N,...] -> T[...,count*N,...] for
/// every T. A broadcast between two reshapes.
[[nodiscard]] constexpr Tensor tile(Tensor x, std::int64_t count, int axis,
                                    Location at = Location::current()) {
  return detail::copies(x, count, axis, false, at);
}

/// repeat: repeats each element `count` times along `axis`. T[...,N,...] -> T[...,count*N,...] for
/// every T.
[[nodiscard]] constexpr Tensor repeat(Tensor x, std::int64_t count, int axis,
                                      Location at = Location::current()) {
  return detail::copies(x, count, axis, true, at);
}

}  // namespace foregraph
