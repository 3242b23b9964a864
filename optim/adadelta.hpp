#pragma once

#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/optim/update.hpp>

namespace foregraph::optim {

/// Adadelta (Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012), with running means of
/// squared gradients `v` and of squared steps `u`:
///
///     v = rho v + (1 - rho) g^2,   d = sqrt(u + epsilon) / sqrt(v + epsilon) * g
///     u = rho u + (1 - rho) d^2,   p -= rate * d
///
/// The paper has no rate; a rate of 1 is its method. Two states per parameter: `v` and `u`.
struct Adadelta {
  double learning_rate = 1;  ///< factor of every update
  double rho = 0.9;          ///< share of the old averages that is kept
  double epsilon = 1e-6;     ///< added to both averages

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "adadelta", "learning_rate");
    for_each_dtype(g, gradients, [&](DType dtype) {
      const Tensor rate = own.setting("learning_rate", learning_rate, dtype);
      const Tensor decay = own.setting("rho", rho, dtype);
      const Tensor eps = own.setting("epsilon", epsilon, dtype);
      const Tensor rest = subtract(1.0, decay);
      for (const Gradient& each : gradients) {
        if (each.gradient.dtype() != dtype) continue;
        const Tensor p = variable(g, each.variable);
        const Tensor v = state_like(g, "v", each.variable);
        const Tensor u = state_like(g, "u", each.variable);
        const Tensor v_change = subtract(multiply(each.gradient, each.gradient), v);
        const Tensor next_v = add(v, multiply(rest, v_change));
        const Tensor u_part = add(u, eps);
        const Tensor v_part = add(next_v, eps);
        const Tensor step = multiply(sqrt(divide(u_part, v_part)), each.gradient);
        const Tensor u_change = subtract(multiply(step, step), u);
        update(g, g.variable_index(v.id), next_v);
        update(g, g.variable_index(u.id), add(u, multiply(rest, u_change)));
        update(g, each.variable, subtract(p, multiply(rate, step)));
      }
    });
  }
};

/// Returns Adadelta with these settings.
[[nodiscard]] constexpr Adadelta adadelta(double learning_rate = 1, double rho = 0.9) {
  return {learning_rate, rho};
}

}  // namespace foregraph::optim
