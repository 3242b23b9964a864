#pragma once

#include <utility>

#include <foregraph/autodiff/gradient.hpp>
#include <foregraph/graph/passes/common_subexpressions.hpp>
#include <foregraph/graph/passes/dead_nodes.hpp>
#include <foregraph/graph/passes/order_of_use.hpp>
#include <foregraph/graph/passes/resolve_mode.hpp>
#include <foregraph/graph/passes/simplify.hpp>
#include <foregraph/optim/update.hpp>
#include <foregraph/planner/plan.hpp>

namespace foregraph {

/// Throws BatchError. Not constexpr: in the compiler, the call is the error message.
[[noreturn]] void batch_size_must_be_at_least_1(std::int64_t batch_size);

namespace planning {
inline constexpr OpDef model_op{.name = "model"};  ///< where faults of no single op are

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

/// The model's graph with its loss and outputs for one mode, in an order that does not depend on
/// the compiler.
[[nodiscard]] constexpr Graph with_results(const Graph& built, const Model& model, Mode mode) {
  Graph g = built.clone();
  if (g.first_fault) return g;
  if (model.loss.id != no_node) check_result(g, built, model.loss);
  for (const Tensor& t : model.outputs) check_result(g, built, t);
  if (g.first_fault) return g;
  g.loss = model.loss.id;
  g.outputs.clear();
  for (const Tensor& t : model.outputs) g.outputs.push_back(t.id);
  bool depends_on_mode = !g.updates.empty();
  for (NodeId id = 0; id < g.size() && !depends_on_mode; ++id)
    depends_on_mode = g.node(id).op->kind == OpKind::mode;
  if (depends_on_mode) return passes::order_of_use(passes::resolve_mode(g, mode));
  return passes::order_of_use(g);
}

/// Where a variable is to become the old value of another, makes that a value of its own; else it
/// would be copied at the end of the step, when the other may have its new value already.
constexpr void separate_updates(Graph& g) {
  for (Update& u : g.updates) {
    NodeId root = u.value;
    while (g.node(root).op->kind == OpKind::view) root = g.inputs_of(root)[0];
    if (const std::int32_t v = g.variable_index(root); v < 0 || v == u.variable) continue;
    u.value = broadcast_to(g.tensor(u.value), g.node(u.value).shape, g.node(u.value).at).id;
  }
}
/// Records a fault if a variable is updated twice: only one of the values would count.
constexpr void check_updates(Graph& g) {
  std::vector<char> is_updated(g.variables.size(), 0);
  for (const Update& u : g.updates) {
    char& seen = is_updated[static_cast<std::size_t>(u.variable)];
    if (seen != 0 && !g.first_fault) {
      const Node& node = g.node(g.variables[static_cast<std::size_t>(u.variable)].node);
      const Operand self{node.shape, node.dtype};
      (void)g.fail(fault::variable_is_updated_twice, node.op, node.at, {&self, 1});
    }
    seen = 1;
  }
}

/// The trained variables of a graph that its loss depends on, with their gradients. The others are
/// left out: an optimizer must not touch them.
[[nodiscard]] constexpr std::vector<Gradient> gradients_of_parameters(Graph& g, Tensor loss) {
  std::vector<Tensor> parameters;
  std::vector<std::int32_t> indices;
  for (std::size_t v = 0; v < g.variables.size(); ++v) {
    if (!g.variables[v].trainable) continue;
    parameters.push_back(g.tensor(g.variables[v].node));
    indices.push_back(static_cast<std::int32_t>(v));
  }
  const std::vector<Tensor> results = autodiff::gradient_where_any(g, loss, parameters);
  std::vector<Gradient> gradients;
  if (g.first_fault) return gradients;
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i].id != no_node) gradients.push_back({indices[i], results[i]});
  if (gradients.empty())
    (void)g.fail(fault::model_has_no_parameters, g.node(loss.id).op, g.node(loss.id).at);
  return gradients;
}
}  // namespace planning

/// `model`, a model of a graph, as one of that graph's clone().
[[nodiscard]] constexpr Model on_clone(Graph& clone, const Model& model) {
  Model result;
  if (model.loss.id != no_node) result.loss = clone.tensor(model.loss.id);
  for (const Tensor& t : model.outputs) result.outputs.push_back(clone.tensor(t.id));
  return result;
}

/// The passes every graph goes through before it is planned, in this order.
[[nodiscard]] constexpr Graph optimize(const Graph& g) {
  Graph optimized =
      passes::remove_dead_nodes(passes::merge_common_subexpressions(passes::simplify(g)));
  planning::separate_updates(optimized);
  return optimized;
}

/// The whole training step of a model as one graph: forward, backward, and the update by
/// `optimizer` of every trainable variable that the loss depends on. The model's outputs are left
/// out: a step needs none.
template <class Optimizer>
[[nodiscard]] constexpr Graph training_graph(const Graph& built, const Model& model,
                                             const Optimizer& optimizer) {
  Graph g = planning::with_results(built, model, Mode::training);
  if (g.first_fault) return g;
  g.outputs.clear();
  planning::check_loss(g);
  if (g.first_fault) return g;
  const auto gradients = planning::gradients_of_parameters(g, g.tensor(g.loss));
  if (g.first_fault) return g;
  g.phase = Phase::update;
  optimizer.apply(g, std::span<const Gradient>(gradients));
  planning::check_updates(g);
  if (g.first_fault) return g;
  return optimize(g);
}

/// An optimizer whose gradients are all kept to the end of the step, as where they are attributes
/// of the parameters. What early updates save is told against it.
template <class Optimizer>
struct KeepGradients {
  Optimizer optimizer{};

  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    for (const Gradient& each : gradients) g.outputs.push_back(each.gradient.id);
    optimizer.apply(g, gradients);
  }
};

/// The forward pass alone: loss and outputs. Its variables come in the order of the training
/// graph's, so both programs can work on the same memory.
[[nodiscard]] constexpr Graph evaluation_graph(const Graph& built, const Model& model) {
  Graph g = planning::with_results(built, model, Mode::evaluation);
  if (g.loss != no_node) planning::check_loss(g);
  return g.first_fault ? g.clone() : optimize(g);
}

/// A graph and its plan.
struct Planned {
  Graph graph{};
  Plan plan{};
};

/// Plans a training step of `model`, a function from Graph& to Model, at `batch_size` samples.
template <class ModelFunction, class Optimizer>
[[nodiscard]] constexpr Planned plan_training(const ModelFunction& model,
                                              const Optimizer& optimizer, std::int64_t batch_size,
                                              PlanOptions options = {}) {
  if (batch_size < 1) batch_size_must_be_at_least_1(batch_size);
  Graph built;
  const Model m = model(built);
  Planned planned;
  planned.graph = training_graph(built, m, optimizer);
  if (!planned.graph.first_fault) planned.plan = plan_memory(planned.graph, batch_size, options);
  return planned;
}

}  // namespace foregraph
