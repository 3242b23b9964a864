#pragma once

#include <foregraph/detail/graph/vjp.hpp>

/// Shared parts of ops that work along one axis: attributes integers[0] is that axis, from the
/// front.
namespace foregraph::one_axis {

/// Returns `axis` counted from the front, or -1 if there is no such axis.
[[nodiscard]] constexpr std::int64_t from_front(int axis, int rank) {
  const int i = axis < 0 ? axis + rank : axis;
  return i >= 0 && i < rank ? i : -1;
}
[[nodiscard]] constexpr Attributes attributes(int axis, const Shape& shape) {
  Attributes result;
  result.integers[0] = from_front(axis, shape.rank);
  return result;
}
/// Returns the axis stored in attributes that a shape rule has accepted.
[[nodiscard]] constexpr int of(const Attributes& attributes) {
  return static_cast<int>(attributes.integers[0]);
}

}  // namespace foregraph::one_axis
