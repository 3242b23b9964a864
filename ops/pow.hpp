#pragma once

#include <limits>

#include <foregraph/ops/comparison.hpp>
#include <foregraph/ops/log.hpp>
#include <foregraph/ops/reciprocal.hpp>
#include <foregraph/ops/rsqrt.hpp>
#include <foregraph/ops/select.hpp>
#include <foregraph/ops/sqrt.hpp>
#include <foregraph/ops/square.hpp>
#include <foregraph/ops/subtract.hpp>

namespace foregraph {

/// pow: x^p, broadcasting. T[S], T[S] -> T[S] for T in f32, f64. Below 0 defined for whole p only,
/// NaN otherwise; x^0 is 1 for every x. Computed as exp(p * log|x|): the relative error grows with
/// |p * log|x||. A number p among 0.5, -0.5, 1, -1, 2, 3, 4 becomes roots and products when the
/// graph is simplified.
///
/// By x: p * x^(p-1). By p: y * log(x), right for x > 0, and 0 elsewhere. Backward keeps both
/// operands, and for p's cotangent the output.
struct PowKernel {
  template <class V>
  static V apply(V x, V p) {
    using T = typename V::value_type;
    // A vector library's pow takes log(0) along, which p = 0 turns into NaN.
    const V at_zero =
        select(p > V(0), V(0), select(p < V(0), V(std::numeric_limits<T>::infinity()), V(1) + p));
    const V general = pow(select(x == V(0), V(1), x), p);
    return select(x == V(0), at_zero, select(p == V(0), V(1), general));
  }
};

constexpr Tensor pow(Argument x, Argument p, Location at = Location::current());

inline constexpr OpDef pow_op = elementwise::define<PowKernel>(
    "pow", 2,
    [](Vjp& v) {
      const Tensor x = v.input(0);
      const Tensor p = v.input(1);
      if (v.wants(0)) {
        const auto number = elementwise::known_number(p);
        const Tensor scaled = multiply(v.cotangent, p, v.at);
        const Tensor less_one =
            number.known ? v.output.graph->constant(number.value - 1, v.output.dtype(), v.at)
                         : subtract(p, 1.0, v.at);
        const Tensor power = pow(x, less_one, v.at);
        v.set(0, multiply(scaled, power, v.at));
      }
      if (v.wants(1)) {
        // The logarithm of 1 where there is none: a NaN would spoil even products with zero.
        const Tensor positive = greater(x, 0.0, v.at);
        const Tensor base = select(positive, x, 1.0, v.at);
        const Tensor logarithm = log(base, v.at);
        const Tensor slope = multiply(v.output, logarithm, v.at);
        const Tensor defined = select(positive, slope, 0.0, v.at);
        v.set(1, multiply(v.cotangent, defined, v.at));
      }
    },
    elementwise::same_floating,
    [](Tensor t) {
      const auto p = elementwise::known_number(elementwise::operand(t, 1));
      if (!p.known) return t;
      const Tensor x = elementwise::operand(t, 0);
      const Location at = t.graph->node(t.id).at;
      if (p.value == 1) return x;
      if (p.value == -1) return reciprocal(x, at);
      if (p.value == 0.5) return sqrt(x, at);
      if (p.value == -0.5) return rsqrt(x, at);
      if (p.value != 2 && p.value != 3 && p.value != 4) return t;
      const Tensor squared = square(x, at);
      if (p.value == 2) return squared;
      return p.value == 3 ? multiply(squared, x, at) : square(squared, at);
    });

/// x to the power p; both may be tensors, and one a number.
[[nodiscard]] constexpr Tensor pow(Argument x, Argument p, Location at) {
  return elementwise::apply(pow_op, {x, p}, at);
}

FOREGRAPH_REGISTER_KERNEL(pow_op, PowKernel)

}  // namespace foregraph
