#pragma once

#include <foregraph/detail/graph/passes/rewrite.hpp>

namespace foregraph {

/// The use of a graph. Parts of a model differ between modes: batch norm, dropout.
enum class Mode : std::uint8_t { training, evaluation };

namespace passes {

/// Resolves the graph for one mode: each node of kind OpKind::mode becomes its first operand in
/// training and its second in evaluation, which also drops updates of the model's own state
/// (running means). Leaves dead nodes behind. O(nodes).
[[nodiscard]] constexpr Graph resolve_mode(const Graph& from, Mode mode) {
  Graph to = Graph::empty_like(from);
  DynamicArray<NodeId> map(static_cast<std::size_t>(from.size()), no_node);
  DynamicArray<NodeId> operands;
  for (NodeId id = 0; id < from.size(); ++id) {
    map_inputs(from, id, map, operands);
    map[static_cast<std::size_t>(id)] = from.node(id).op->kind == OpKind::mode
                                            ? operands[mode == Mode::training ? 0 : 1]
                                            : to.append_like(from, id, operands).id;
  }
  map_interface(from, map, to);
  if (mode == Mode::evaluation) to.updates.clear();
  return to;
}

}  // namespace passes
}  // namespace foregraph
