#pragma once

#include <vector>

#include <foregraph/detail/compile/compile.hpp>

namespace foregraph {

/// The loss of a batch and its gradients by the trainable variables, in the variables' order, as
/// the outputs of one graph, in training mode; nothing is updated. Its variables come in the order
/// of the training graph's, so both can work on the same memory. For what is measured of gradients.
[[nodiscard]] constexpr Graph gradient_graph(const Graph& built, const Model& model) {
  Graph g = forward_graph(built, model, Mode::training);
  if (g.first_fault || g.loss == no_node) return g;
  g.outputs.clear();
  g.updates.clear();
  std::vector<Tensor> parameters;
  for (const Variable& v : g.variables)
    if (v.trainable) parameters.push_back(g.tensor(v.node));
  for (const Tensor& each : gradient(g, g.tensor(g.loss), parameters)) g.outputs.push_back(each.id);
  return optimize(std::move(g));
}

}  // namespace foregraph
