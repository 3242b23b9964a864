#pragma once

#include <foregraph/graph/graph.hpp>

namespace foregraph {

/// An optimizer is a small value with
///
///     constexpr void apply(Graph& g, std::span<const Gradient> gradients) const;
///
/// that appends, with ordinary ops, the new value of each parameter and of its own state, and
/// records them in `g.updates`. Rates are settings, so they can change between steps.
struct Gradient {
  std::int32_t variable = 0;  ///< index of the parameter
  Tensor gradient{};
};

/// Records that `variable` becomes `value` at the end of the step.
constexpr void update(Graph& g, std::int32_t variable, Tensor value) {
  g.updates.push_back({variable, value.id});
}

/// A zero-initialised state of the parameter's shape and dtype, named "<parameter>.<name>".
constexpr Tensor state_like(Graph& g, std::string_view name, std::int32_t parameter) {
  const Node& node = g.node(g.variables[static_cast<std::size_t>(parameter)].node);
  return g.state(name, node.shape, zeros(), node.dtype, parameter, node.at);
}

[[nodiscard]] constexpr Tensor variable(Graph& g, std::int32_t index) {
  return {&g, g.variables[static_cast<std::size_t>(index)].node};
}

}  // namespace foregraph
