#pragma once

#include <foregraph/detail/ops/image/accumulate.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/optim/updated_rows.hpp>

namespace foregraph::optim {

/// Stochastic gradient descent: p -= rate * g. No state. The product that computes the gradient of
/// a dense layer's weight accumulates it into the weight, so that gradient takes no memory. Of the
/// table of an embedding, only the rows that were looked up are updated, to the same bits, if the
/// table has many more rows than a sample has indices and no other use.
struct Sgd {
  double learning_rate = 0.01;  ///< factor of every update

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "sgd", "learning_rate");
    for (const Gradient& each : gradients) {
      const Tensor p = variable(g, each.variable);
      const Tensor rate = own.setting("learning_rate", learning_rate, p.dtype());
      if (is_matrix_product(each.gradient)) {
        const Tensor minus_rate = negate(rate);
        update(g, each.variable, accumulate(p, each.gradient, minus_rate, 1.0));
      } else {
        const UpdatedRows rows(each.gradient, updating_rows_pays(each.gradient));
        const Tensor old = rows.of(p);
        const Tensor next = subtract(old, multiply(rate, rows.gradient()));
        update(g, each.variable, rows.with(p, next));
      }
    }
  }
};

/// SGD with weight decay: p -= rate * (g + decay * p), computed as (1 - rate * decay) p - rate * g.
/// Without momentum, weight decay and an L2 penalty of decay/2 |p|^2 are equivalent. No state.
struct SgdWeightDecay {
  double learning_rate = 0.01;  ///< factor of every update
  double weight_decay = 1e-4;   ///< share of a parameter lost in a step, times the rate

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "sgd", "learning_rate");
    for_each_dtype(g, gradients, [&](DType dtype) {
      const Tensor rate = own.setting("learning_rate", learning_rate, dtype);
      const Tensor decay = own.setting("weight_decay", weight_decay, dtype);
      const Tensor loss = multiply(rate, decay);
      const Tensor keep = subtract(1.0, loss);
      for (const Gradient& each : gradients) {
        if (each.gradient.dtype() != dtype) continue;
        const Tensor kept = multiply(keep, variable(g, each.variable));
        update(g, each.variable, subtract(kept, multiply(rate, each.gradient)));
      }
    });
  }
};

/// SGD with (heavy-ball) momentum: v = momentum * v + g; p -= rate * v, as in Sutskever and others,
/// 2013, with the rate outside. One state per parameter: `v`, into which the product that computes
/// a weight's gradient accumulates it. See `lazy_rows` for embeddings.
struct Momentum {
  double learning_rate = 0.01;  ///< factor of every update
  double momentum = 0.9;        ///< share of the old velocity that is kept
  /// If true, a table of which the step looks rows up, with no other use, keeps the parameters and
  /// the state of all other rows unchanged: v decays only when its row is looked up. The gradient
  /// then takes the memory of the looked-up rows. Rules out micro-batches.
  bool lazy_rows = false;

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "sgd", "learning_rate");
    for_each_dtype(g, gradients, [&](DType dtype) {
      const Tensor rate = own.setting("learning_rate", learning_rate, dtype);
      const Tensor keep = own.setting("momentum", momentum, dtype);
      for (const Gradient& each : gradients) {
        if (each.gradient.dtype() != dtype) continue;
        const Tensor p = variable(g, each.variable);
        const Tensor v = state_like(g, "v", each.variable);
        const UpdatedRows rows(each.gradient, lazy_rows && is_gradient_of_rows(each.gradient));
        const Tensor next = accumulate(rows.of(v), rows.gradient(), 1.0, keep);
        update(g, g.variable_index(v.id), rows.with(v, next));
        const Tensor old = rows.of(p);
        update(g, each.variable, rows.with(p, subtract(old, multiply(rate, next))));
      }
    });
  }
};

/// Returns SGD with this rate.
[[nodiscard]] constexpr Sgd sgd(double learning_rate = 0.01) {
  return {learning_rate};
}
/// Returns SGD with weight decay.
[[nodiscard]] constexpr SgdWeightDecay sgd_weight_decay(double learning_rate = 0.01,
                                                        double weight_decay = 1e-4) {
  return {learning_rate, weight_decay};
}
/// Returns SGD with momentum.
[[nodiscard]] constexpr Momentum sgd_momentum(double learning_rate = 0.01, double momentum = 0.9) {
  return {learning_rate, momentum};
}

}  // namespace foregraph::optim
