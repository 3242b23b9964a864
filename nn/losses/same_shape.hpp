#pragma once

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::detail {

/// Whether the loss `op` may compare `a` with `b`: only tensors of one shape. One that broadcasts,
/// as [batch,1] against [batch] would, hides a mistake and is refused, by a fault.
constexpr bool same_shape(const OpDef& op, Tensor a, Tensor b, Location at) {
  Graph& g = graph_of(a, op, at);
  if (a.shape() == b.shape()) return true;
  const std::array<Operand, 2> both{{{a.shape(), a.dtype()}, {b.shape(), b.dtype()}}};
  g.fail(fault::shapes_differ, &op, at, both);
  return false;
}

}  // namespace foregraph::detail
