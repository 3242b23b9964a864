#include <foregraph/detail/diagnose/preflight/equal_chances.hpp>
#include <foregraph/detail/diagnose/preflight/roles.hpp>
#include <foregraph/detail/graph/passes/dead_nodes.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <optional>
#include <vector>

namespace foregraph::checks {

Graph with_equal_chances(const Graph& g) {
  std::vector<std::optional<double>> value_of(static_cast<std::size_t>(g.size()));
  for (const LossOp& loss : loss_ops_of(g))
    value_of[static_cast<std::size_t>(loss.prediction)] =
        loss.kind == LossOp::Kind::binary ? 0.5 : 0.0;
  Graph to = Graph::empty_like(g);
  std::vector<NodeId> map(static_cast<std::size_t>(g.size()), no_node);
  DynamicArray<NodeId> operands;
  for (NodeId id = 0; id < g.size(); ++id) {
    passes::map_inputs(g, id, map, operands);
    NodeId& mapped = map[static_cast<std::size_t>(id)];
    mapped = to.append_like(g, id, operands).id;
    const auto& value = value_of[static_cast<std::size_t>(id)];
    const Node& node = g.node(id);
    if (value)
      mapped = broadcast_to(to.constant(*value, node.dtype, node.at), node.shape, node.at).id;
  }
  passes::map_interface(g, map, to);
  to.outputs.clear();
  to.updates.clear();
  return passes::remove_dead_nodes(to);
}

}  // namespace foregraph::checks
