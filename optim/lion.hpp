#pragma once

#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/optim/update.hpp>

namespace foregraph::optim {

/// Lion (Chen and others, Symbolic Discovery of Optimization Algorithms, 2023): steps of equal size
/// in every element, by the sign of an interpolated momentum, with decoupled weight decay:
///
///     p = (1 - rate * weight_decay) p - rate * sign(beta1 m + (1 - beta1) g)
///     m = beta2 m + (1 - beta2) g
///
/// where sign(0) = 0. One state per parameter: `m`. Use rates 3 to 10 times smaller than for Adam.
struct Lion {
  double learning_rate = 1e-4;  ///< size of every update
  double beta1 = 0.9;           ///< weight of the state in the direction
  double beta2 = 0.99;          ///< share of the state that is kept
  double weight_decay = 0;      ///< share of a parameter lost in a step, times the rate

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "lion", "learning_rate");
    for_each_dtype(g, gradients, [&](DType dtype) {
      const Tensor rate = own.setting("learning_rate", learning_rate, dtype);
      const Tensor b1 = own.setting("beta1", beta1, dtype);
      const Tensor b2 = own.setting("beta2", beta2, dtype);
      const Tensor decay = own.setting("weight_decay", weight_decay, dtype);
      const Tensor back = negate(rate);
      const Tensor keep = subtract(1.0, multiply(rate, decay));
      for (const Gradient& each : gradients) {
        if (each.gradient.dtype() != dtype) continue;
        const Tensor kept = multiply(keep, variable(g, each.variable));
        const Tensor m = state_like(g, "m", each.variable);
        const Tensor grad = each.gradient;
        const Tensor difference = subtract(m, grad);
        const Tensor direction = add(grad, multiply(b1, difference));
        const Tensor next = add(grad, multiply(b2, difference));
        const Tensor rising = greater(direction, 0.0);
        const Tensor falling = less(direction, 0.0);
        const Tensor step = select(rising, rate, select(falling, back, 0.0));
        update(g, g.variable_index(m.id), next);
        update(g, each.variable, subtract(kept, step));
      }
    });
  }
};

/// Returns Lion with these settings and the usual betas.
[[nodiscard]] constexpr Lion lion(double learning_rate = 1e-4, double weight_decay = 0) {
  return {.learning_rate = learning_rate, .weight_decay = weight_decay};
}

}  // namespace foregraph::optim
