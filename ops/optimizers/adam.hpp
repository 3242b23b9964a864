#pragma once

#include <foregraph/ops/add.hpp>
#include <foregraph/ops/divide.hpp>
#include <foregraph/ops/multiply.hpp>
#include <foregraph/ops/optimizers/update.hpp>
#include <foregraph/ops/sqrt.hpp>
#include <foregraph/ops/subtract.hpp>

namespace foregraph {

/// Adam (Kingma and Ba, 2015), in the form of their section 2 that folds the bias corrections
/// into one scalar rate per step:
///
///     m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
///     p -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon sqrt(1 - beta2^t))
///
/// which equals the usual form with epsilon outside the corrected root. Two states per parameter,
/// `m` and `v`, and two scalars for the powers of beta.
struct Adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;

  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    if (gradients.empty()) return;
    const DType dtype = gradients[0].gradient.dtype();
    const auto scope = g.scope("adam");
    const Tensor rate = g.setting("learning_rate", learning_rate, dtype);
    const Tensor b1 = g.setting("beta1", beta1, dtype);
    const Tensor b2 = g.setting("beta2", beta2, dtype);
    const Tensor eps = g.setting("epsilon", epsilon, dtype);
    const Tensor power1 = g.state("beta1_power", {}, filled_with(1), dtype);
    const Tensor power2 = g.state("beta2_power", {}, filled_with(1), dtype);
    const Tensor next1 = multiply(power1, b1);
    const Tensor next2 = multiply(power2, b2);
    update(g, g.variable_index(power1.id), next1);
    update(g, g.variable_index(power2.id), next2);
    // One op a statement, so that the order of nodes does not depend on the compiler.
    const Tensor root = sqrt(subtract(1.0, next2));
    const Tensor corrected = multiply(rate, root);
    const Tensor step_rate = divide(corrected, subtract(1.0, next1));
    const Tensor step_epsilon = multiply(eps, root);
    const Tensor rest1 = subtract(1.0, b1);
    const Tensor rest2 = subtract(1.0, b2);
    for (const Gradient& each : gradients) {
      const Tensor p = variable(g, each.variable);
      const Tensor m = state_like(g, "m", each.variable);
      const Tensor v = state_like(g, "v", each.variable);
      const Tensor grad = each.gradient;
      // m + (1 - beta1) (g - m), one operation less than the textbook's form
      const Tensor change1 = subtract(grad, m);
      const Tensor change2 = subtract(multiply(grad, grad), v);
      const Tensor next_m = add(m, multiply(rest1, change1));
      const Tensor next_v = add(v, multiply(rest2, change2));
      update(g, g.variable_index(m.id), next_m);
      update(g, g.variable_index(v.id), next_v);
      const Tensor direction = divide(next_m, add(sqrt(next_v), step_epsilon));
      update(g, each.variable, subtract(p, multiply(step_rate, direction)));
    }
  }
};

[[nodiscard]] constexpr Adam adam(double learning_rate = 1e-3) {
  return {learning_rate};
}

}  // namespace foregraph
