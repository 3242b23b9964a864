#pragma once

#include <vector>

#include <foregraph/detail/graph/passes/dead_nodes.hpp>

namespace foregraph::passes {

/// Replaces each op that has an expansion (OpDef::expand), and that an elementwise op of its shape
/// reads, by that expansion: a region then computes both in one pass over memory. O(nodes + edges).
[[nodiscard]] constexpr Graph expand_into_regions(const Graph& from) {
  const auto count = static_cast<std::size_t>(from.size());
  DynamicArray<char> is_expanded(count, 0);
  for (NodeId id = 0; id < from.size(); ++id) {
    if (from.node(id).op->kind != OpKind::elementwise) continue;
    for (const NodeId input : from.inputs_of(id))
      if (from.node(input).op->expand != nullptr && from.node(input).shape == from.node(id).shape)
        is_expanded[static_cast<std::size_t>(input)] = 1;
  }
  Graph to = Graph::empty_like(from);
  const Phase phase = to.phase;
  DynamicArray<NodeId> map(count, no_node);
  DynamicArray<NodeId> operands;
  for (NodeId id = 0; id < from.size(); ++id) {
    map_inputs(from, id, map, operands);
    Tensor t = to.append_like(from, id, operands);
    if (is_expanded[static_cast<std::size_t>(id)] != 0) {
      const auto scope = to.scope_number(from.node(id).scope);
      to.phase = from.node(id).phase;
      t = from.node(id).op->expand(t);
    }
    map[static_cast<std::size_t>(id)] = t.id;
  }
  to.phase = phase;
  map_interface(from, map, to);
  return remove_dead_nodes(to);  // the ops that were replaced
}

}  // namespace foregraph::passes
