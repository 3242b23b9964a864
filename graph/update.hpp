#pragma once

#include <array>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Records that `variable`, an index, is set to `value` at the end of the step. A fault unless
/// `value` is a tensor of `g` with the variable's shape and dtype.
constexpr void update(Graph& g, std::int32_t variable, Tensor value) {
  if (g.first_fault) return;
  if (variable < 0 || static_cast<std::size_t>(variable) >= g.variables.size()) {
    (void)g.fail(fault::update_of_no_variable, &leaf::variable_op, {});
    return;
  }
  const Node& node = g.node(g.variables[static_cast<std::size_t>(variable)].node);
  if (!g.has(value)) {
    (void)g.fail(fault::operand_is_of_another_graph, node.op, node.at);
    return;
  }
  if (value.dtype() != node.dtype || value.shape() != node.shape) {
    const std::array<Operand, 2> both{{{node.shape, node.dtype}, {value.shape(), value.dtype()}}};
    (void)g.fail(fault::update_has_another_shape, node.op, node.at, both);
    return;
  }
  g.updates.push_back({variable, value.id});
}

}  // namespace foregraph
