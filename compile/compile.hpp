#pragma once

#include <span>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/compile/gradients.hpp>
#include <foregraph/detail/compile/pass.hpp>
#include <foregraph/detail/compile/plan_step.hpp>
#include <foregraph/detail/compile/results.hpp>
#include <foregraph/detail/compile/separate_updates.hpp>
#include <foregraph/detail/graph/passes/common_subexpressions.hpp>
#include <foregraph/detail/graph/passes/dead_nodes.hpp>
#include <foregraph/detail/graph/passes/order_of_use.hpp>
#include <foregraph/detail/graph/passes/simplify.hpp>
#include <foregraph/detail/optim/keep_gradients.hpp>
#include <foregraph/detail/optim/optimizer.hpp>

/// The path from a model to an executable step: every pass, in order. The same functions run in the
/// compiler and in the program. Trainer, Predictor, peak_memory(), programs built in the compiler,
/// micro-batches and the command-line tool all use them.
namespace foregraph {

/// Throws BatchError. Not constexpr: in the compiler, its name is the error message.
[[noreturn]] FOREGRAPH_EXPORT void batch_size_must_be_at_least_1(std::int64_t batch_size);

/// Returns the model's graph for training or for evaluation, with its nodes in an order that does
/// not depend on the compiler.
[[nodiscard]] constexpr Graph forward_graph(const Graph& built, const Model& model, Mode mode) {
  Graph g = planning::with_results(built, model);
  // First, so that no gradients are computed of nodes the mode removes.
  if (planning::depends_on_mode(g))
    apply_pass(g, "resolve mode",
               [&](const Graph& from) { return passes::resolve_mode(from, mode); });
  // Before the gradients, whose order follows the forward pass.
  apply_pass(g, "order of use", passes::order_of_use);
  return g;
}

/// Rewrites a graph into a smaller equivalent one. `more` are the user's passes.
[[nodiscard]] constexpr Graph optimize(Graph&& g, ListOf<Pass> more = {}) {
  // Before merging: the rules bring different expressions of one value into the same form.
  apply_pass(g, "simplify", passes::simplify);
  apply_pass(g, "merge common subexpressions", passes::merge_common_subexpressions);
  for (const Pass& pass : more) apply_pass(g, pass.name, pass.run);
  // After all passes that leave unused nodes behind.
  apply_pass(g, "remove dead nodes", passes::remove_dead_nodes);
  // Last, as merging would undo it.
  apply_pass(g, "separate updates", passes::separate_updates);
  return std::move(g);
}
/// Returns `g` after all passes that improve a graph, with `more` in their place among them.
[[nodiscard]] constexpr Graph optimize(const Graph& g, ListOf<Pass> more = {}) {
  return optimize(g.clone(), more);
}

namespace detail {

/// Returns training_graph() before the passes of optimize(). Every fault of a model is found here,
/// at a third less memory for the compiler.
template <class Optimizer>
[[nodiscard]] constexpr Graph unoptimized_step(const Graph& built, const Model& model,
                                               const Optimizer& optimizer) {
  begin_passes("training step");
  Graph g = forward_graph(built, model, Mode::training);
  g.outputs.clear();
  planning::check_loss(g);
  DynamicArray<optim::Gradient> gradients;
  apply_pass(g, "gradients", [&](Graph& forward) {
    gradients = planning::gradients_of_parameters(forward, forward.tensor(forward.loss));
  });
  apply_pass(g, "optimizer", [&](Graph& step) {
    step.phase = Phase::update;
    checked_optimizer(optimizer).apply(step, std::span<const optim::Gradient>(gradients));
    planning::check_updates(step);
  });
  return g;
}

}  // namespace detail

/// Returns the whole training step of a model as one graph: forward, backward, and the update by
/// `optimizer` of every trainable variable that the loss depends on. The model's outputs are left
/// out: a step needs none. An argument that is no Optimizer stops the compiler with a message.
template <class Optimizer>
[[nodiscard]] constexpr Graph training_graph(const Graph& built, const Model& model,
                                             const Optimizer& optimizer, ListOf<Pass> more = {}) {
  return optimize(detail::unoptimized_step(built, model, optimizer), more);
}

/// Returns the forward pass alone: loss and outputs. Its variables are in the same order as in the
/// training graph, so both programs can share their memory.
[[nodiscard]] constexpr Graph evaluation_graph(const Graph& built, const Model& model,
                                               ListOf<Pass> more = {}) {
  begin_passes("evaluation");
  Graph g = forward_graph(built, model, Mode::evaluation);
  if (g.loss != no_node) planning::check_loss(g);
  return optimize(std::move(g), more);
}

/// Compiles the training step of `model`, a function from Graph& to Model, for `batch_size`
/// samples: the passes above, then the planner's (the form of the step, see plan_step(); tasks,
/// schedule, placement, see plan_memory()).
/// An ill-formed model gives a fault in `graph` in the compiler and throws GraphError in the
/// program. Throws BatchError if `batch_size` is below 1.
template <class ModelFunction, class Optimizer>
[[nodiscard]] constexpr Step compile(const ModelFunction& model, const Optimizer& optimizer,
                                     std::int64_t batch_size, PlanOptions options = {},
                                     ListOf<Pass> more = {}) {
  if (batch_size < 1) batch_size_must_be_at_least_1(batch_size);
  Graph built;
  const Model m = model(built);
  Graph graph = training_graph(built, m, optimizer, more);
  if (graph.first_fault) return {std::move(graph), {}};
  return plan_step(std::move(graph), batch_size, options);
}

}  // namespace foregraph
