#pragma once

#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/optim/update.hpp>

namespace foregraph::optim {

/// SGD with Nesterov momentum: v = momentum * v + g; p -= rate * (g + momentum * v), the form of
/// Sutskever and others (On the importance of initialization and momentum, 2013) with the gradient
/// taken at the look-ahead point, as in PyTorch. One state per parameter: `v`.
struct Nesterov {
  double learning_rate = 0.01;  ///< factor of every update
  double momentum = 0.9;        ///< share of the old velocity that is kept

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "nesterov", "learning_rate");
    for_each_dtype(g, gradients, [&](DType dtype) {
      const Tensor rate = own.setting("learning_rate", learning_rate, dtype);
      const Tensor keep = own.setting("momentum", momentum, dtype);
      for (const Gradient& each : gradients) {
        if (each.gradient.dtype() != dtype) continue;
        const Tensor p = variable(g, each.variable);
        const Tensor v = state_like(g, "v", each.variable);
        const Tensor next = add(multiply(keep, v), each.gradient);
        const Tensor ahead = add(multiply(keep, next), each.gradient);
        update(g, g.variable_index(v.id), next);
        update(g, each.variable, subtract(p, multiply(rate, ahead)));
      }
    });
  }
};

/// Returns SGD with Nesterov's momentum.
[[nodiscard]] constexpr Nesterov nesterov(double learning_rate = 0.01, double momentum = 0.9) {
  return {learning_rate, momentum};
}

}  // namespace foregraph::optim
