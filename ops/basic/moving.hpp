#pragma once

#include <span>

#include <foregraph/detail/graph/op.hpp>

/// Shared parts of ops that only move elements.
namespace foregraph::detail {

/// Returns `axis` counted from the front for a shape of that rank; -1 if it is out of range.
[[nodiscard]] constexpr int axis_from_front(int axis, int rank) {
  const int front = axis < 0 ? axis + rank : axis;
  return front >= 0 && front < rank ? front : -1;
}
/// Returns the FLOPs of an op that only moves elements: 0.
constexpr Dim no_flops(std::span<const Operand>, const Operand&, const Attributes&) {
  return Dim{0};
}

}  // namespace foregraph::detail
