#pragma once

#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/optim/updated_rows.hpp>

namespace foregraph::detail {

/// Tensors that all parameters of one dtype share in Adam and its variants.
struct AdamShared {
  Tensor rest1{};       ///< 1 - beta1
  Tensor rest2{};       ///< 1 - beta2
  Tensor root{};        ///< sqrt(1 - beta2^t)
  Tensor remaining1{};  ///< 1 - beta1^t
  Tensor epsilon{};     ///< epsilon * root

  /// Builds the shared tensors of an optimizer with members beta1, beta2 and epsilon.
  template <class Optimizer>
  static constexpr AdamShared make(Graph& g, const optim::OptimizerScope& own, const Optimizer& o,
                                   DType dtype) {
    const Tensor b1 = own.setting("beta1", o.beta1, dtype);
    const Tensor b2 = own.setting("beta2", o.beta2, dtype);
    const Tensor eps = own.setting("epsilon", o.epsilon, dtype);
    const Tensor power1 = g.state("beta1_power", {}, filled_with(1), dtype);
    const Tensor power2 = g.state("beta2_power", {}, filled_with(1), dtype);
    const Tensor next1 = multiply(power1, b1);
    const Tensor next2 = multiply(power2, b2);
    update(g, g.variable_index(power1.id), next1);
    update(g, g.variable_index(power2.id), next2);
    // One op per statement, so that the order of nodes does not depend on the compiler.
    AdamShared shared;
    shared.root = sqrt(subtract(1.0, next2));
    shared.remaining1 = subtract(1.0, next1);
    shared.epsilon = multiply(eps, shared.root);
    shared.rest1 = subtract(1.0, b1);
    shared.rest2 = subtract(1.0, b2);
    return shared;
  }

  /// Updates `m` and `v` of one parameter; returns m / (sqrt(v) + epsilon * root), which multiplied
  /// by root / remaining1 is the bias-corrected step for rate 1.
  [[nodiscard]] constexpr Tensor direction(Graph& g, const optim::Gradient& each) const {
    return direction(g, each.variable, optim::UpdatedRows(each.gradient, false));
  }
  /// As above, for the elements of the parameter that the step updates.
  [[nodiscard]] constexpr Tensor direction(Graph& g, std::int32_t parameter,
                                           const optim::UpdatedRows& rows) const {
    const Tensor whole_m = optim::state_like(g, "m", parameter);
    const Tensor whole_v = optim::state_like(g, "v", parameter);
    const Tensor m = rows.of(whole_m);
    const Tensor v = rows.of(whole_v);
    const Tensor grad = rows.gradient();
    // m + (1 - beta1) (g - m), one operation less than the textbook form
    const Tensor change1 = subtract(grad, m);
    const Tensor change2 = subtract(multiply(grad, grad), v);
    const Tensor next_m = add(m, multiply(rest1, change1));
    const Tensor next_v = add(v, multiply(rest2, change2));
    update(g, g.variable_index(whole_m.id), rows.with(whole_m, next_m));
    update(g, g.variable_index(whole_v.id), rows.with(whole_v, next_v));
    return divide(next_m, add(sqrt(next_v), epsilon));
  }
};

/// Appends the updates of Adam or, for an optimizer with a member weight_decay, of AdamW.
template <class Optimizer>
constexpr void apply_adam(const Optimizer& o, std::string_view name, Graph& g,
                          std::span<const optim::Gradient> gradients) {
  constexpr bool decays = requires {
    o.weight_decay;
  };
  const optim::OptimizerScope own(g, name);
  const auto scope = own.enter();
  optim::for_each_dtype(g, gradients, [&](DType dtype) {
    const Tensor rate = own.setting("learning_rate", o.learning_rate, dtype);
    Tensor decay;
    if constexpr (decays) decay = own.setting("weight_decay", o.weight_decay, dtype);
    const auto shared = AdamShared::make(g, own, o, dtype);
    const Tensor corrected = multiply(rate, shared.root);
    const Tensor step_rate = divide(corrected, shared.remaining1);
    Tensor keep;
    if constexpr (decays) keep = subtract(1.0, multiply(rate, decay));
    for (const optim::Gradient& each : gradients) {
      if (each.gradient.dtype() != dtype) continue;
      bool only_rows = false;
      if constexpr (requires { o.lazy_rows; })
        only_rows = o.lazy_rows && optim::is_gradient_of_rows(each.gradient);
      const Tensor parameter = optim::variable(g, each.variable);
      const optim::UpdatedRows rows(each.gradient, only_rows);
      Tensor kept = rows.of(parameter);
      if constexpr (decays) kept = multiply(keep, kept);
      const Tensor direction = shared.direction(g, each.variable, rows);
      const Tensor next = subtract(kept, multiply(step_rate, direction));
      update(g, each.variable, rows.with(parameter, next));
    }
  });
}

}  // namespace foregraph::detail

namespace foregraph::optim {

/// Adam (Kingma and Ba, 2015), in the form of section 2 of the paper, which folds the bias
/// corrections into one scalar rate per step:
///
///     m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
///     p -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon sqrt(1 - beta2^t))
///
/// which equals the usual form with epsilon outside the corrected root. Two states per parameter,
/// `m` and `v`, and two scalars for the powers of beta.
struct Adam {
  double learning_rate = 1e-3;  ///< factor of every update
  double beta1 = 0.9;           ///< share of the old mean of gradients that is kept
  double beta2 = 0.999;         ///< share of the old mean of squares that is kept
  double epsilon = 1e-8;        ///< added to the root, which keeps it from 0
  /// If true, a table of which the step looks rows up, with no other use, keeps the parameters and
  /// the states of all other rows unchanged: their m and v decay only in steps that look the row
  /// up, while the powers of beta count all steps. The gradient then takes the memory of the
  /// looked-up rows. Rules out micro-batches.
  bool lazy_rows = false;

  /// Appends the updates of all parameters.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    detail::apply_adam(*this, "adam", g, gradients);
  }
};

/// Returns Adam with this rate and the usual betas.
[[nodiscard]] constexpr Adam adam(double learning_rate = 1e-3) {
  return {learning_rate};
}

}  // namespace foregraph::optim
