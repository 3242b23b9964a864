#pragma once

#include <limits>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/log.hpp>
#include <foregraph/detail/ops/math/reciprocal.hpp>
#include <foregraph/detail/ops/math/rsqrt.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/square.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

namespace foregraph {

/// pow: x^p, broadcasting. T[S], T[S] -> T[S] for T in f32, f64. For x below 0 defined only for
/// whole p, NaN otherwise; x^0 and 1^p are 1, even for NaN. Like C's pow at zeros and infinities.
/// Computed as exp(p * log|x|): the relative error grows with |p * log|x||. A number p among 0.5,
/// -0.5, 1, -1, 2, 3, 4 becomes roots and products when the graph is simplified.
///
/// Derivative with respect to x: p * x^(p-1), and 0 where p is 0. With respect to p: y * log(x) for
/// x > 0; at x = 0 the limit, which is 0, or -inf for p below 0; 0 for x < 0, where there is none.
/// A cotangent of 0 passes back 0. Backward keeps both operands, and for p's cotangent the output.
struct PowKernel {
  template <class V>
  static V apply(V x, V p) {
    using T = typename V::value_type;
    const V infinity(std::numeric_limits<T>::infinity());
    const V none(std::numeric_limits<T>::quiet_NaN());
    const V size = abs(x);
    // From 2^24 (f32) or 2^53 (f64) on, all numbers are even.
    const V is_even_by_size =
        select(abs(p) >= V(sizeof(T) == 4 ? T(0x1p24) : T(0x1p53)), V(1), V(0));
    const V odd = select(is_even_by_size == V(1), V(0), select(is_odd(p), V(1), V(0)));
    const V whole = select(is_even_by_size == V(1), V(1), select(is_flint(p), V(1), V(0)));
    const V size_at_zero = select(p > V(0), V(0), select(p < V(0), infinity, V(1) + p));
    const V at_zero = select(odd == V(1), copysign(size_at_zero, x), size_at_zero);
    // A vector library's pow computes log|x| * p, which is NaN for 0^0, 1^NaN and 1^inf.
    const V power = pow(select(size == V(0), V(1), size), p);
    const V positive = select(size == V(1), V(1), power);
    const V negative = select(odd == V(1), copysign(positive, x), positive);
    const V below_zero = select(whole == V(1), negative, select(size == infinity, negative, none));
    const V general = select(x < V(0), below_zero, positive);
    return select(x == V(0), at_zero, select(p == V(0), V(1), general));
  }
};

constexpr Tensor pow(Argument x, Argument p, Location at = Location::current());

namespace elementwise {
/// Returns true for an even power, or a power of at least 1 of a value that is flat at 0.
constexpr bool is_flat_power(Tensor t) {
  const KnownNumber p = known_number(operand(t, 1));
  if (!p.known || p.value < 1) return false;
  const bool is_even = p.value < 1e9 && p.value == 2.0 * static_cast<int>(p.value / 2);
  return is_even || is_flat_at_zero(operand(t, 0));
}
}  // namespace elementwise

FOREGRAPH_EXPORT inline constexpr OpDef pow_op = elementwise::with_flat_at_zero(
    elementwise::is_flat_power,
    elementwise::define<PowKernel>(
        "pow", 2,
        [](Vjp& v) {
          const Tensor x = v.input(0);
          const Tensor p = v.input(1);
          if (v.wants(0)) {
            const auto number = elementwise::known_number(p);
            if (number.known && number.value == 0) {
              v.set(0, multiply(v.cotangent, 0.0, v.at));
            } else {
              const Tensor less_one =
                  number.known ? v.output.graph->constant(number.value - 1, v.output.dtype(), v.at)
                               : subtract(p, 1.0, v.at);
              const Tensor power = pow(x, less_one, v.at);
              const Tensor outer = number.known ? multiply(v.cotangent, p, v.at) : v.cotangent;
              const Tensor slope = number.known ? power : zero_or_product(p, power, v.at);
              const Tensor gradient = zero_or_product(outer, slope, v.at);
              const bool is_root = number.known && number.value >= 0.5 && number.value < 1;
              v.set(0, is_root ? elementwise::or_flat_at_zero(v, gradient) : gradient);
            }
          }
          if (v.wants(1)) {
            // Use the logarithm of 1 where x has none: a NaN would spoil even products with zero.
            const Tensor no_logarithm = less_equal(x, 0.0, v.at);
            const Tensor base = select(no_logarithm, 1.0, x, v.at);
            const Tensor logarithm = log(base, v.at);
            const Tensor slope = zero_or_product(logarithm, v.output, v.at);
            const Tensor has_limit = greater_equal(p, 0.0, v.at);
            const Tensor falling = negate(v.output, v.at);  // where x is 0: -inf, or NaN for NaN
            const Tensor limit = select(has_limit, 0.0, falling, v.at);
            const Tensor is_zero = equal(x, 0.0, v.at);
            const Tensor at_zero = select(is_zero, limit, slope, v.at);
            const Tensor below_zero = less(x, 0.0, v.at);
            const Tensor defined = select(below_zero, 0.0, at_zero, v.at);
            v.set(1, zero_or_product(v.cotangent, defined, v.at));
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
        }));

/// Returns x to the power p; both may be tensors, and one a number.
[[nodiscard]] constexpr Tensor pow(Argument x, Argument p, Location at) {
  return elementwise::apply(pow_op, {x, p}, at);
}

FOREGRAPH_REGISTER_KERNEL(pow_op, PowKernel)

}  // namespace foregraph
