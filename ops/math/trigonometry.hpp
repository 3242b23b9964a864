#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/square.hpp>

namespace foregraph {

/// sin, cos, tan: of an angle in radians. T[S] -> T[S] for T in f32, f64. A cotangent of 0 passes
/// back 0, even at infinite angles. Backward of sin and cos keeps the input, of tan the output.
struct SinKernel {
  template <class V>
  static V apply(V x) {
    return sin(x);
  }
};
struct CosKernel {
  template <class V>
  static V apply(V x) {
    return cos(x);
  }
};
struct TanKernel {
  template <class V>
  static V apply(V x) {
    return tan(x);
  }
};

constexpr Tensor sin(Argument x, Location at = Location::current());
constexpr Tensor cos(Argument x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef sin_op = elementwise::define<SinKernel>(
    "sin", 1,
    [](Vjp& v) {
      const Tensor slope = cos(v.input(0), v.at);
      v.set(0, zero_or_product(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef cos_op = elementwise::define<CosKernel>(
    "cos", 1,
    [](Vjp& v) {
      const Tensor slope = sin(v.input(0), v.at);
      const Tensor product = zero_or_product(v.cotangent, slope, v.at);
      v.set(0, negate(product, v.at));
    },
    elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef tan_op = elementwise::define<TanKernel>(
    "tan", 1,
    [](Vjp& v) {
      const Tensor squared = square(v.output, v.at);
      const Tensor slope = add(squared, 1.0, v.at);
      v.set(0, zero_or_product(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);

/// Returns sin(x), elementwise, x in radians. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor sin(Argument x, Location at) {
  return elementwise::apply(sin_op, {x}, at);
}
/// Returns cos(x); see sin().
[[nodiscard]] constexpr Tensor cos(Argument x, Location at) {
  return elementwise::apply(cos_op, {x}, at);
}
/// Returns tan(x); see sin().
[[nodiscard]] constexpr Tensor tan(Argument x, Location at = Location::current()) {
  return elementwise::apply(tan_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(sin_op, SinKernel)
FOREGRAPH_REGISTER_KERNEL(cos_op, CosKernel)
FOREGRAPH_REGISTER_KERNEL(tan_op, TanKernel)

}  // namespace foregraph
