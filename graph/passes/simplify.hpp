#pragma once

#include <foregraph/detail/graph/passes/rewrite.hpp>

namespace foregraph::passes {

/// Replaces nodes with cheaper equivalents, by the rule of each op: x*1, x+0, -(-x), a transpose
/// that a matmul can absorb, a reshape of a reshape. Rules see operands that are already
/// simplified, so one pass suffices; at most 8 rules are tried on one node. Leaves dead nodes
/// behind. O(nodes).
[[nodiscard]] constexpr Graph simplify(const Graph& from) {
  Graph to = Graph::empty_like(from);
  const Phase before = to.phase;
  DynamicArray<NodeId> map(static_cast<std::size_t>(from.size()), no_node);
  DynamicArray<NodeId> operands;
  for (NodeId id = 0; id < from.size(); ++id) {
    map_inputs(from, id, map, operands);
    to.phase = from.node(id).phase;
    Tensor t = to.append_like(from, id, operands);
    for (int tries = 0; tries < 8; ++tries) {
      const auto rule = to.node(t.id).op->simplify;
      if (rule == nullptr) break;
      const Tensor simpler = rule(t);
      if (simpler.id == t.id) break;
      t = simpler;
    }
    map[static_cast<std::size_t>(id)] = t.id;
  }
  map_interface(from, map, to);
  to.phase = before;
  return to;
}

}  // namespace foregraph::passes
