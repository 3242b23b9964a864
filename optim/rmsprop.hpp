#pragma once

#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/optim/update.hpp>

namespace foregraph::detail {
/// Appends the updates of RMSProp or, with `Centred`, of its variant by the variance.
template <bool Centred, class Optimizer>
constexpr void apply_rmsprop(const Optimizer& o, std::string_view name, Graph& g,
                             std::span<const optim::Gradient> gradients) {
  const optim::OptimizerScope own(g, name, "learning_rate");
  optim::for_each_dtype(g, gradients, [&](DType dtype) {
    const Tensor rate = own.setting("learning_rate", o.learning_rate, dtype);
    const Tensor decay = own.setting("rho", o.rho, dtype);
    const Tensor eps = own.setting("epsilon", o.epsilon, dtype);
    const Tensor rest = subtract(1.0, decay);
    for (const optim::Gradient& each : gradients) {
      if (each.gradient.dtype() != dtype) continue;
      const Tensor p = optim::variable(g, each.variable);
      const Tensor v = optim::state_like(g, "v", each.variable);
      const Tensor m = Centred ? optim::state_like(g, "m", each.variable) : Tensor{};
      const Tensor v_change = subtract(multiply(each.gradient, each.gradient), v);
      const Tensor m_change = Centred ? subtract(each.gradient, m) : Tensor{};
      const Tensor next_v = add(v, multiply(rest, v_change));
      update(g, g.variable_index(v.id), next_v);
      Tensor squares = next_v;
      if (Centred) {
        const Tensor next_m = add(m, multiply(rest, m_change));
        update(g, g.variable_index(m.id), next_m);
        // Rounding may make the variance negative where the gradient hardly changes.
        squares = maximum(subtract(next_v, multiply(next_m, next_m)), 0.0);
      }
      const Tensor scale = divide(rate, add(sqrt(squares), eps));
      update(g, each.variable, subtract(p, multiply(scale, each.gradient)));
    }
  });
}
}  // namespace foregraph::detail

namespace foregraph::optim {

/// RMSProp (Tieleman and Hinton, Lecture 6.5 of Neural Networks for Machine Learning, 2012):
/// v = rho v + (1 - rho) g^2; p -= rate * g / (sqrt(v) + epsilon). One state per parameter: `v`.
struct RmsProp {
  double learning_rate = 0.01;  ///< factor of every update
  double rho = 0.99;            ///< share of the old mean of squares that is kept
  double epsilon = 1e-8;        ///< added to the root, which keeps it from 0

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    detail::apply_rmsprop<false>(*this, "rmsprop", g, gradients);
  }
};

/// RMSProp with the variance of the gradient instead of its mean square (Graves, Generating
/// Sequences With Recurrent Neural Networks, 2013): m = rho m + (1 - rho) g; p -= rate * g /
/// (sqrt(v - m^2) + epsilon). Two states per parameter: `v` and `m`.
struct RmsPropCentred {
  double learning_rate = 0.01;  ///< factor of every update
  double rho = 0.99;            ///< share of the old means that is kept
  double epsilon = 1e-8;        ///< added to the root, which keeps it from 0

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    detail::apply_rmsprop<true>(*this, "rmsprop_centred", g, gradients);
  }
};

/// Returns RMSProp with these settings.
[[nodiscard]] constexpr RmsProp rmsprop(double learning_rate = 0.01, double rho = 0.99) {
  return {learning_rate, rho};
}
/// Returns centred RMSProp with these settings.
[[nodiscard]] constexpr RmsPropCentred rmsprop_centred(double learning_rate = 0.01,
                                                       double rho = 0.99) {
  return {learning_rate, rho};
}

}  // namespace foregraph::optim
