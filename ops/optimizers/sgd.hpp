#pragma once

#include <foregraph/ops/add.hpp>
#include <foregraph/ops/multiply.hpp>
#include <foregraph/ops/optimizers/update.hpp>
#include <foregraph/ops/subtract.hpp>

namespace foregraph {

/// Stochastic gradient descent: p -= rate * g. No state.
struct Sgd {
  double learning_rate = 0.01;

  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    for (const Gradient& each : gradients) {
      const Tensor p = variable(g, each.variable);
      const Tensor rate = shared_setting(g, p.dtype());
      update(g, each.variable, subtract(p, multiply(rate, each.gradient)));
    }
  }

 private:
  constexpr Tensor shared_setting(Graph& g, DType dtype) const {
    for (const NodeId id : g.settings)
      if (g.node(id).dtype == dtype) return g.tensor(id);
    return g.setting("learning_rate", learning_rate, dtype);
  }
};

/// SGD with (heavy-ball) momentum: v = momentum * v + g; p -= rate * v, as in Sutskever and
/// others, 2013, with the rate outside. One state per parameter: `v`.
struct Momentum {
  double learning_rate = 0.01;
  double momentum = 0.9;

  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    if (gradients.empty()) return;
    const DType dtype = gradients[0].gradient.dtype();
    const Tensor rate = g.setting("learning_rate", learning_rate, dtype);
    const Tensor keep = g.setting("momentum", momentum, dtype);
    for (const Gradient& each : gradients) {
      const Tensor p = variable(g, each.variable);
      const Tensor v = state_like(g, "v", each.variable);
      const Tensor next = add(multiply(keep, v), each.gradient);
      update(g, g.variable_index(v.id), next);
      update(g, each.variable, subtract(p, multiply(rate, next)));
    }
  }
};

[[nodiscard]] constexpr Sgd sgd(double learning_rate = 0.01) {
  return {learning_rate};
}
[[nodiscard]] constexpr Momentum sgd_momentum(double learning_rate = 0.01, double momentum = 0.9) {
  return {learning_rate, momentum};
}

}  // namespace foregraph
