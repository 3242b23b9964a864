#pragma once

#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/optim/update.hpp>

namespace foregraph::optim {

/// Adagrad (Duchi, Hazan and Singer, Adaptive Subgradient Methods, 2011), with a diagonal matrix:
/// s += g^2; p -= rate * g / (sqrt(s) + epsilon). One state per parameter: `s`.
struct Adagrad {
  double learning_rate = 0.01;  ///< factor of every update
  double epsilon = 1e-10;       ///< added to the root

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "adagrad", "learning_rate");
    for_each_dtype(g, gradients, [&](DType dtype) {
      const Tensor rate = own.setting("learning_rate", learning_rate, dtype);
      const Tensor eps = own.setting("epsilon", epsilon, dtype);
      for (const Gradient& each : gradients) {
        if (each.gradient.dtype() != dtype) continue;
        const Tensor p = variable(g, each.variable);
        const Tensor s = state_like(g, "s", each.variable);
        const Tensor next = add(s, multiply(each.gradient, each.gradient));
        const Tensor scale = divide(rate, add(sqrt(next), eps));
        update(g, g.variable_index(s.id), next);
        update(g, each.variable, subtract(p, multiply(scale, each.gradient)));
      }
    });
  }
};

/// Returns Adagrad with this rate.
[[nodiscard]] constexpr Adagrad adagrad(double learning_rate = 0.01) {
  return {learning_rate};
}

}  // namespace foregraph::optim
