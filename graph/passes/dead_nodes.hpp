#pragma once

#include <foregraph/detail/graph/passes/rewrite.hpp>

namespace foregraph::passes {

/// Removes nodes that neither the loss nor an output nor an update depends on. Inputs, variables
/// and settings stay: they are the interface of the graph. O(nodes + edges).
[[nodiscard]] constexpr Graph remove_dead_nodes(const Graph& from) {
  const auto count = static_cast<std::size_t>(from.size());
  DynamicArray<char> alive(count, 0);
  const auto keep = [&](NodeId id) {
    if (id != no_node) alive[static_cast<std::size_t>(id)] = 1;
  };
  keep(from.loss);
  for (const NodeId id : from.outputs) keep(id);
  for (const Update& u : from.updates) keep(u.value);
  for (const NodeId id : from.inputs) keep(id);
  for (const Variable& v : from.variables) keep(v.node);
  for (const NodeId id : from.settings) keep(id);
  for (NodeId id = from.size() - 1; id >= 0; --id)
    if (alive[static_cast<std::size_t>(id)] != 0)
      for (const NodeId input : from.inputs_of(id)) keep(input);

  Graph to = Graph::empty_like(from);
  DynamicArray<NodeId> map(count, no_node);
  DynamicArray<NodeId> operands;
  for (NodeId id = 0; id < from.size(); ++id) {
    if (alive[static_cast<std::size_t>(id)] == 0) continue;
    map_inputs(from, id, map, operands);
    map[static_cast<std::size_t>(id)] = to.append_like(from, id, operands).id;
  }
  map_interface(from, map, to);
  return to;
}

}  // namespace foregraph::passes
