#pragma once

#include <foregraph/detail/graph/passes/rewrite.hpp>

namespace foregraph::passes {

/// Puts the nodes into the order in which a walk from the loss, the outputs and the updates, with
/// operands from left to right, needs them first; nodes that none of these needs come last.
///
/// C++ leaves open in which order the arguments of a call are evaluated: in `f(g(x), h(x))` either
/// g or h is appended first, and g++ decides differently in the compiler and in the program. This
/// makes one graph of both. O(nodes + edges), without recursion, whose depth compilers limit.
[[nodiscard]] constexpr Graph order_of_use(const Graph& from) {
  Graph to = Graph::empty_like(from);
  std::vector<NodeId> map(static_cast<std::size_t>(from.size()), no_node);
  std::vector<NodeId> operands;
  struct Visit {
    NodeId id;
    std::int32_t next;  ///< the operand to look at next
  };
  std::vector<Visit> open;
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
