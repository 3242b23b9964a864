#pragma once

#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/optim/adam.hpp>

namespace foregraph::optim {

/// LAMB (You and others, Large Batch Optimization for Deep Learning: Training BERT in 76 minutes,
/// 2020): Adam's bias-corrected direction with weight decay, rescaled for each parameter to the
/// parameter's norm:
///
///     u = mhat / (sqrt(vhat) + epsilon) + weight_decay * p
///     p -= rate * |p| / |u| * u
///
/// The trust ratio |p| / |u|, of Euclidean norms, is 1 where either norm is 0, so that a parameter
/// of zeros can start to move. The states are Adam's.
struct Lamb {
  double learning_rate = 1e-3;  ///< factor of every update
  double beta1 = 0.9;           ///< share of the old mean of gradients that is kept
  double beta2 = 0.999;         ///< share of the old mean of squares that is kept
  double epsilon = 1e-6;        ///< added to the root, which keeps it from 0
  double weight_decay = 0.01;   ///< part of the direction, times the parameter

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "lamb");
    const auto scope = own.enter();
    for_each_dtype(g, gradients, [&](DType dtype) {
      const Tensor rate = own.setting("learning_rate", learning_rate, dtype);
      const Tensor decay = own.setting("weight_decay", weight_decay, dtype);
      const auto shared = detail::AdamShared::make(g, own, *this, dtype);
      const Tensor correction = divide(shared.root, shared.remaining1);
      for (const Gradient& each : gradients) {
        if (each.gradient.dtype() != dtype) continue;
        const Tensor p = variable(g, each.variable);
        const Tensor corrected = multiply(correction, shared.direction(g, each));
        const Tensor u = add(corrected, multiply(decay, p));
        const Tensor p_norm = sqrt(sum(multiply(p, p)));
        const Tensor u_norm = sqrt(sum(multiply(u, u)));
        const Tensor defined = greater(minimum(p_norm, u_norm), 0.0);
        const Tensor ratio = select(defined, divide(p_norm, u_norm), 1.0);
        update(g, each.variable, subtract(p, multiply(multiply(rate, ratio), u)));
      }
    });
  }
};

/// Returns LAMB with these settings and the usual betas.
[[nodiscard]] constexpr Lamb lamb(double learning_rate = 1e-3, double weight_decay = 0.01) {
  return {.learning_rate = learning_rate, .weight_decay = weight_decay};
}

}  // namespace foregraph::optim
