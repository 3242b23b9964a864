#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/passes/resolve_mode.hpp>

namespace foregraph {

/// Returns the model on `clone` that corresponds to `model`, a model on the cloned graph.
[[nodiscard]] constexpr Model on_clone(Graph& clone, const Model& model) {
  Model result;
  if (model.loss.id != no_node) result.loss = clone.tensor(model.loss.id);
  for (const Output& output : model.outputs) {
    result.outputs.emplace_back(clone.tensor(output.id));
    result.outputs.back().name = output.name;
  }
  return result;
}

namespace planning {

FOREGRAPH_EXPORT inline constexpr OpDef model_op{.name =
                                                     "model"};  ///< named by faults of no single op

/// Records a fault unless `t` is a tensor of `built`, of which `g` is a clone.
constexpr void check_result(Graph& g, const Graph& built, const Tensor& t) {
  if (g.first_fault || built.has(t)) return;
  const Graph* const owner = t.graph.get();
  const bool is_known = owner != nullptr && owner->has(t);
  (void)g.fail(fault::model_is_of_another_graph, is_known ? owner->node(t.id).op : &model_op,
               is_known ? owner->node(t.id).at : Location{});
}

/// Records a fault unless the graph's loss is a scalar of a floating dtype.
constexpr void check_loss(Graph& g) {
  if (g.first_fault) return;
  if (g.loss == no_node) {
    (void)g.fail(fault::model_has_no_loss, &model_op, {});
    return;
  }
  const Node& node = g.node(g.loss);
  const Operand self{node.shape, node.dtype};
  if (node.shape.rank != 0 || !is_floating(node.dtype))
    (void)g.fail(fault::loss_is_not_a_scalar, node.op, node.at, {&self, 1});
}

/// Returns a clone of the graph in which a model was built, with the model's loss and outputs.
[[nodiscard]] constexpr Graph with_results(const Graph& built, const Model& model) {
  Graph g = built.clone();
  if (g.first_fault) return g;
  if (model.loss.id != no_node) check_result(g, built, model.loss);
  for (const Tensor& t : model.outputs) check_result(g, built, t);
  if (g.first_fault) return g;
  g.loss = model.loss.id;
  g.outputs.clear();
  for (const Tensor& t : model.outputs) g.outputs.push_back(t.id);
  return g;
}

/// Returns true if the graph differs between training and evaluation.
[[nodiscard]] constexpr bool depends_on_mode(const Graph& g) {
  bool depends = !g.updates.empty();
  for (NodeId id = 0; id < g.size() && !depends; ++id)
    depends = g.node(id).op->kind == OpKind::mode;
  return depends;
}

}  // namespace planning
}  // namespace foregraph
