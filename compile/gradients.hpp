#pragma once

#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/optim/update.hpp>

namespace foregraph::planning {

/// Returns the gradients of the trainable variables on which the loss depends. The other variables
/// are left out, as an optimizer must not change them.
[[nodiscard]] constexpr DynamicArray<optim::Gradient> gradients_of_parameters(Graph& g,
                                                                              Tensor loss) {
  std::vector<Tensor> parameters;
  DynamicArray<std::int32_t> indices;
  for (std::size_t v = 0; v < g.variables.size(); ++v) {
    if (!g.variables[v].trainable) continue;
    parameters.push_back(g.tensor(g.variables[v].node));
    indices.push_back(static_cast<std::int32_t>(v));
  }
  const std::vector<Tensor> results = autodiff::gradient_where_any(g, loss, parameters);
  DynamicArray<optim::Gradient> gradients;
  if (g.first_fault) return gradients;
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i].id != no_node) gradients.push_back({indices[i], results[i]});
  if (gradients.empty())
    (void)g.fail(fault::model_has_no_parameters, g.node(loss.id).op, g.node(loss.id).at);
  return gradients;
}

/// Records a fault if a variable is updated twice, since one of the values would be lost.
constexpr void check_updates(Graph& g) {
  DynamicArray<char> is_updated(g.variables.size(), 0);
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

}  // namespace foregraph::planning
