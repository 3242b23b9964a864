#pragma once

#include <vector>

#include <foregraph/detail/compile/compile.hpp>

namespace foregraph {

/// Returns a graph whose outputs are the loss of a batch and its gradients with respect to the
/// trainable variables, in the variables' order. It is in training mode, without updates. Its
/// variables have the order of the training graph's, so both graphs can share the same memory. Used
/// to measure gradients.
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
