#pragma once

#include <foregraph/detail/optim/adam.hpp>

namespace foregraph::optim {

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
    detail::apply_adam(*this, "adamw", g, gradients);
  }
};

/// Returns AdamW with these settings and the usual betas.
[[nodiscard]] constexpr AdamW adamw(double learning_rate = 1e-3, double weight_decay = 0.01) {
  return {.learning_rate = learning_rate, .weight_decay = weight_decay};
}

}  // namespace foregraph::optim
