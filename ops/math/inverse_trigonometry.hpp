#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/reciprocal.hpp>
#include <foregraph/detail/ops/math/rsqrt.hpp>
#include <foregraph/detail/ops/math/square.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

namespace foregraph {

namespace inverse_functions {

/// Returns atan(x) for x >= 0, within a few units in the last place. Three times the half of the
/// angle is taken, by tan(a/2) = t / (1 + sqrt(1 + t^2)), so that t is below 0.1; then the Taylor
/// series, whose first omitted term is below 1e-18 of it.
template <class V>
[[gnu::always_inline]] inline V atan_of_nonnegative(V x) {
  using T = typename V::value_type;
  const auto is_steep = x > V(T(1));
  V t = select(is_steep, V(T(1)) / x, x);
  for (int i = 0; i < 3; ++i) t = t / (V(T(1)) + sqrt(V(T(1)) + t * t));
  const V s = t * t;
  V series = V(T(1.0 / 15));
  series = V(T(1.0 / 13)) - s * series;
  series = V(T(1.0 / 11)) - s * series;
  series = V(T(1.0 / 9)) - s * series;
  series = V(T(1.0 / 7)) - s * series;
  series = V(T(1.0 / 5)) - s * series;
  series = V(T(1.0 / 3)) - s * series;
  const V angle = V(T(8)) * (t - t * s * series);
  return select(is_steep, V(T(1.5707963267948966192)) - angle, angle);
}

}  // namespace inverse_functions

/// atan, asin, acos: the angle in radians; asinh, acosh, atanh. T[S] -> T[S] for T in f32, f64. NaN
/// outside the domain. A cotangent of 0 passes back 0, even where the slope is infinite. Backward
/// keeps the input.
struct AtanKernel {
  template <class V>
  static V apply(V x) {
    return copysign(inverse_functions::atan_of_nonnegative(abs(x)), x);
  }
};
struct AsinKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    // Half the angle: x / (1 + sqrt(1 - x^2)).
    const V size = abs(x);
    const V rest = sqrt((V(T(1)) - size) * (V(T(1)) + size));
    return copysign(V(T(2)) * inverse_functions::atan_of_nonnegative(size / (V(T(1)) + rest)), x);
  }
};
struct AcosKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    const V half = sqrt((V(T(1)) - x) / (V(T(1)) + x));
    return V(T(2)) * inverse_functions::atan_of_nonnegative(half);
  }
};
struct AsinhKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    const V size = abs(x);
    const auto is_large = size > V(T(1e9));  // where the square may overflow
    const V t = select(is_large, V(T(1)), size);
    const V near = log1p(t + t * t / (V(T(1)) + sqrt(V(T(1)) + t * t)));
    const V far = log(select(is_large, size, V(T(1)))) + V(T(0.69314718055994530942));
    return copysign(select(is_large, far, near), x);
  }
};
struct AcoshKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    const auto is_large = x > V(T(1e9));
    const V t = select(is_large, V(T(1)), x - V(T(1)));
    const V near = log1p(t + sqrt(t) * sqrt(t + V(T(2))));  // NaN below 1, however far
    const V far = log(select(is_large, x, V(T(1)))) + V(T(0.69314718055994530942));
    return select(is_large, far, near);
  }
};
struct AtanhKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    const V size = abs(x);
    return copysign(V(T(0.5)) * log1p(V(T(2)) * size / (V(T(1)) - size)), x);
  }
};

namespace inverse_functions {
/// Returns 1 - x^2, as a product that is exact near 1.
[[nodiscard]] constexpr Tensor one_minus_square(Tensor x, Location at) {
  const Tensor below = subtract(1.0, x, at);
  const Tensor above = add(x, 1.0, at);
  return multiply(below, above, at);
}
}  // namespace inverse_functions

FOREGRAPH_EXPORT inline constexpr OpDef atan_op = elementwise::define<AtanKernel>(
    "atan", 1,
    [](Vjp& v) {
      const Tensor squared = square(v.input(0), v.at);
      const Tensor slope = reciprocal(add(squared, 1.0, v.at), v.at);
      v.set(0, zero_or_product(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef asin_op = elementwise::define<AsinKernel>(
    "asin", 1,
    [](Vjp& v) {
      const Tensor slope = rsqrt(inverse_functions::one_minus_square(v.input(0), v.at), v.at);
      v.set(0, zero_or_product(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef acos_op = elementwise::define<AcosKernel>(
    "acos", 1,
    [](Vjp& v) {
      const Tensor slope = rsqrt(inverse_functions::one_minus_square(v.input(0), v.at), v.at);
      const Tensor product = zero_or_product(v.cotangent, slope, v.at);
      v.set(0, negate(product, v.at));
    },
    elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef asinh_op = elementwise::define<AsinhKernel>(
    "asinh", 1,
    [](Vjp& v) {
      const Tensor squared = square(v.input(0), v.at);
      const Tensor slope = rsqrt(add(squared, 1.0, v.at), v.at);
      v.set(0, zero_or_product(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef acosh_op = elementwise::define<AcoshKernel>(
    "acosh", 1,
    [](Vjp& v) {
      const Tensor below = subtract(v.input(0), 1.0, v.at);
      const Tensor above = add(v.input(0), 1.0, v.at);
      const Tensor slope = rsqrt(multiply(below, above, v.at), v.at);
      v.set(0, zero_or_product(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef atanh_op = elementwise::define<AtanhKernel>(
    "atanh", 1,
    [](Vjp& v) {
      const Tensor slope = reciprocal(inverse_functions::one_minus_square(v.input(0), v.at), v.at);
      v.set(0, zero_or_product(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);

/// Returns the angle from -pi/2 to pi/2 whose tangent is x, elementwise. T[S] -> T[S] for T in f32,
/// f64.
[[nodiscard]] constexpr Tensor atan(Argument x, Location at = Location::current()) {
  return elementwise::apply(atan_op, {x}, at);
}
/// Returns the angle from -pi/2 to pi/2 whose sine is x; NaN outside of [-1, 1]. See atan().
[[nodiscard]] constexpr Tensor asin(Argument x, Location at = Location::current()) {
  return elementwise::apply(asin_op, {x}, at);
}
/// Returns the angle from 0 to pi whose cosine is x; NaN outside of [-1, 1]. See atan().
[[nodiscard]] constexpr Tensor acos(Argument x, Location at = Location::current()) {
  return elementwise::apply(acos_op, {x}, at);
}
/// Returns the number whose hyperbolic sine is x, elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor asinh(Argument x, Location at = Location::current()) {
  return elementwise::apply(asinh_op, {x}, at);
}
/// Returns the number of at least 0 whose hyperbolic cosine is x; NaN below 1. See asinh().
[[nodiscard]] constexpr Tensor acosh(Argument x, Location at = Location::current()) {
  return elementwise::apply(acosh_op, {x}, at);
}
/// Returns the number whose hyperbolic tangent is x; NaN outside of [-1, 1]. See asinh().
[[nodiscard]] constexpr Tensor atanh(Argument x, Location at = Location::current()) {
  return elementwise::apply(atanh_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(atan_op, AtanKernel)
FOREGRAPH_REGISTER_KERNEL(asin_op, AsinKernel)
FOREGRAPH_REGISTER_KERNEL(acos_op, AcosKernel)
FOREGRAPH_REGISTER_KERNEL(asinh_op, AsinhKernel)
FOREGRAPH_REGISTER_KERNEL(acosh_op, AcoshKernel)
FOREGRAPH_REGISTER_KERNEL(atanh_op, AtanhKernel)

}  // namespace foregraph
