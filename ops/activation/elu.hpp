#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/exp.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

namespace foregraph {

/// elu: x above 0, alpha * (e^x - 1) elsewhere, broadcasting; the derivative at 0 is alpha
/// (Clevert et al., 2015). T[S], T[S] -> T[S] for T in f32, f64. Backward keeps the output, and x
/// if alpha is not a positive number.
struct EluKernel {
  template <class V>
  static V apply(V x, V alpha) {
    return select(x > V(0), x, alpha * expm1(min(V(0), x)));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef elu_op = elementwise::define<EluKernel>(
    "elu", 2,
    [](Vjp& v) {
      const bool same_sign = elementwise::is_known_positive(v.input(1));
      const Tensor positive = greater(same_sign ? v.output : v.input(0), 0.0, v.at);
      if (v.wants(0)) {  // alpha * e^x = y + alpha
        const Tensor slope = add(v.output, v.input(1), v.at);
        const Tensor scaled = zero_or_product(v.cotangent, slope, v.at);
        v.set(0, select(positive, v.cotangent, scaled, v.at));
      }
      if (v.wants(1)) {
        const Tensor negative_part = minimum(v.input(0), 0.0, v.at);
        const Tensor power = exp(negative_part, v.at);
        const Tensor slope = subtract(power, 1.0, v.at);
        v.set(1, zero_or_product(v.cotangent, slope, v.at));
      }
    },
    elementwise::same_floating);

/// Returns x where x > 0, else alpha (exp(x) - 1), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor elu(Argument x, Argument alpha = 1.0,
                                   Location at = Location::current()) {
  return elementwise::apply(elu_op, {x, alpha}, at);
}

/// selu: 1.0507 * elu(x, 1.6733), with the constants of Klambauer et al., 2017.
[[nodiscard]] constexpr Tensor selu(Argument x, Location at = Location::current()) {
  const Tensor shape = elu(x, 1.6732632423543772848, at);
  return multiply(shape, 1.0507009873554804934, at);
}

FOREGRAPH_REGISTER_KERNEL(elu_op, EluKernel)

}  // namespace foregraph
