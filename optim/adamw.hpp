#pragma once

#include <foregraph/detail/optim/adam.hpp>

namespace foregraph {

/// AdamW (Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019): the step of Adam,
/// with a separate decay of the weights by rate * weight_decay:
///
///     p = (1 - rate * weight_decay) p - rate * mhat / (sqrt(vhat) + epsilon)
///
/// with the decay scaled by the rate, as in PyTorch. The states are Adam's.
struct AdamW {
  double learning_rate = 1e-3;  ///< factor of every update
  double beta1 = 0.9;           ///< share of the old mean of gradients that is kept
  double beta2 = 0.999;         ///< share of the old mean of squares that is kept
  double epsilon = 1e-8;        ///< added to the root, which keeps it from 0
  double weight_decay = 0.01;   ///< share of a parameter lost in a step, times the rate

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "adamw");
    const auto scope = own.enter();
    for_each_dtype(g, gradients, [&](DType dtype) {
      const Tensor rate = own.setting("learning_rate", learning_rate, dtype);
      const Tensor decay = own.setting("weight_decay", weight_decay, dtype);
      const auto shared = detail::AdamShared::make(g, own, *this, dtype);
      const Tensor corrected = multiply(rate, shared.root);
      const Tensor step_rate = divide(corrected, shared.remaining1);
      const Tensor keep = subtract(1.0, multiply(rate, decay));
      for (const Gradient& each : gradients) {
        if (each.gradient.dtype() != dtype) continue;
        const Tensor kept = multiply(keep, variable(g, each.variable));
        const Tensor direction = shared.direction(g, each);
        update(g, each.variable, subtract(kept, multiply(step_rate, direction)));
      }
    });
  }
};

/// Returns AdamW with these settings and the usual betas.
[[nodiscard]] constexpr AdamW adamw(double learning_rate = 1e-3, double weight_decay = 0.01) {
  return {.learning_rate = learning_rate, .weight_decay = weight_decay};
}

}  // namespace foregraph
