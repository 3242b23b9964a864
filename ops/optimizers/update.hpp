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

/// The setting of this name and dtype, made if there is none yet: parameters of one dtype share it.
[[nodiscard]] constexpr Tensor shared_setting(Graph& g, std::string_view name, double value,
                                              DType dtype) {
  for (const NodeId id : g.settings)
    if (g.node(id).dtype == dtype && g.text(g.node(id).name) == name) return g.tensor(id);
  return g.setting(name, value, dtype);
}

/// Calls `body(dtype)` once for each dtype of the gradients, in a scope of its own from the second
/// on, so that what the parameters of one dtype share can be made there.
template <class Body>
constexpr void for_each_dtype(Graph& g, std::span<const Gradient> gradients, const Body& body) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const DType dtype = gradients[i].gradient.dtype();
    bool seen = false;
    for (std::size_t k = 0; k < i && !seen; ++k) seen = gradients[k].gradient.dtype() == dtype;
    if (seen) continue;
    if (i == 0) {
      body(dtype);
    } else {
      const auto scope = g.scope(name_of(dtype));
      body(dtype);
    }
  }
}

[[nodiscard]] constexpr Tensor variable(Graph& g, std::int32_t index) {
  return {&g, g.variables[static_cast<std::size_t>(index)].node};
}

}  // namespace foregraph
