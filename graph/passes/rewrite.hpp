#pragma once

#include <span>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

/// Helpers shared by passes. A pass is a free function from a graph to a new graph; node `id` of
/// the old graph became `map[id]` of the new graph, or no_node if it is gone.
namespace foregraph::passes {

[[nodiscard]] constexpr NodeId mapped(ArrayView<NodeId> map, NodeId id) {
  return id == no_node ? no_node : map[static_cast<std::size_t>(id)];
}

/// Replaces `out`, a container such as std::vector<NodeId>, with the new nodes of `id`'s operands.
template <class List>
constexpr void map_inputs(const Graph& from, NodeId id, ArrayView<NodeId> map, List& out) {
  out.clear();
  // Plain pointers: in the compiler, each call keeps memory.
  const NodeId* const inputs = from.inputs_of(id).data();
  const NodeId* const new_nodes = map.data();
  const std::int32_t arity = from.node(id).arity;
  for (std::int32_t i = 0; i < arity; ++i)
    out.push_back(inputs[i] == no_node ? no_node : new_nodes[inputs[i]]);
}

/// Copies inputs, variables, settings, outputs, updates and the loss to the new graph.
constexpr void map_interface(const Graph& from, ArrayView<NodeId> map, Graph& to) {
  for (const NodeId id : from.inputs) to.inputs.push_back(mapped(map, id));
  for (Variable v : from.variables) {
    v.node = mapped(map, v.node);
    to.variables.push_back(v);
  }
  for (const NodeId id : from.settings) to.settings.push_back(mapped(map, id));
  for (const NodeId id : from.outputs) to.outputs.push_back(mapped(map, id));
  for (const Update& u : from.updates) to.updates.push_back({u.variable, mapped(map, u.value)});
  to.loss = mapped(map, from.loss);
}

}  // namespace foregraph::passes
