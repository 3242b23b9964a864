#pragma once

#include <foregraph/detail/graph/passes/rewrite.hpp>

namespace foregraph::passes {

/// Sorts the nodes by first use in a walk from the loss, the outputs and the updates that visits
/// operands from left to right; nodes that the walk does not reach come last.
///
/// C++ does not specify the order in which the arguments of a call are evaluated: in `f(g(x),
/// h(x))` either g or h may be appended first, and g++ decides differently at compile time and at
/// run time. This pass makes both graphs equal. O(nodes + edges), without recursion, whose depth
/// compilers limit.
[[nodiscard]] constexpr Graph order_of_use(const Graph& from) {
  Graph to = Graph::empty_like(from);
  DynamicArray<NodeId> map(static_cast<std::size_t>(from.size()), no_node);
  DynamicArray<NodeId> operands;
  struct Visit {
    NodeId id;
    std::int32_t next;  ///< the next operand to visit
  };
  DynamicArray<Visit> open;
  const auto need = [&](NodeId root) {
    if (root == no_node || map[static_cast<std::size_t>(root)] != no_node) return;
    open.push_back({root, 0});
    while (!open.empty()) {
      const NodeId id = open.back().id;
      const auto inputs = from.inputs_of(id);
      const auto next = static_cast<std::size_t>(open.back().next++);
      if (next < inputs.size()) {
        if (map[static_cast<std::size_t>(inputs[next])] == no_node)
          open.push_back({inputs[next], 0});
        continue;
      }
      open.pop_back();
      map_inputs(from, id, map, operands);
      map[static_cast<std::size_t>(id)] = to.append_like(from, id, operands).id;
    }
  };
  need(from.loss);
  for (const NodeId id : from.outputs) need(id);
  for (const Update& u : from.updates) need(u.value);
  for (NodeId id = 0; id < from.size(); ++id) need(id);
  map_interface(from, map, to);
  return to;
}

}  // namespace foregraph::passes
