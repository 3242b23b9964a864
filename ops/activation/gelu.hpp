#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/erf.hpp>

namespace foregraph {

/// gelu_slope: the derivative of gelu, Phi(x) + x phi(x) with the density phi of the normal
/// distribution. T[S] -> T[S] for T in f32, f64.
struct GeluSlopeKernel {
  template <class V>
  static V apply(V x) {
    V value;
    V slope;
    vector_math::gelu_of(x, value, slope);
    return slope;
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef gelu_slope_op = [] {
  OpDef op =
      elementwise::define<GeluSlopeKernel>("gelu_slope", 1, nullptr, elementwise::same_floating);
  op.decompose = [](Tensor t) {
    const Tensor x = elementwise::operand(t, 0);
    const Location at = t.graph->node(t.id).at;
    const Tensor scaled = multiply(x, 0.70710678118654752, at);
    const Tensor error = erf(scaled, at);
    const Tensor raised = add(error, 1.0, at);
    const Tensor cdf = multiply(raised, 0.5, at);
    const Tensor squared = square(x, at);
    const Tensor exponent = multiply(squared, -0.5, at);
    const Tensor bell = exp(exponent, at);
    const Tensor pdf = multiply(bell, 0.39894228040143268, at);
    const Tensor rest = multiply(x, pdf, at);
    return add(cdf, rest, at);
  };
  return op;
}();

/// gelu: x * Phi(x) with the normal distribution Phi(x) = (1 + erf(x/sqrt(2))) / 2 (Hendrycks and
/// Gimpel, 2016). T[S] -> T[S] for T in f32, f64. Backward keeps only the input. In a region that
/// also needs the slope, one step with one exponential computes both.
struct GeluKernel {
  template <class V>
  static V apply(V x) {
    V value;
    V slope;
    vector_math::gelu_of(x, value, slope);
    return value;
  }
  template <class V>
  static void apply_both(V x, V& value, V& slope) {
    vector_math::gelu_of(x, value, slope);
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef gelu_op = [] {
  OpDef op = elementwise::define<GeluKernel>(
      "gelu", 1,
      [](Vjp& v) {
        const Tensor slope = elementwise::apply(gelu_slope_op, {v.input(0)}, v.at);
        v.set(0, zero_or_product(v.cotangent, slope, v.at));
      },
      elementwise::same_floating);
  op.together_with = &gelu_slope_op;
  return op;
}();

/// Returns x Phi(x) with Phi(x) = (1 + erf(x / sqrt(2))) / 2, elementwise. T[S] -> T[S] for T in
/// f32, f64.
[[nodiscard]] constexpr Tensor gelu(Argument x, Location at = Location::current()) {
  return elementwise::apply(gelu_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(gelu_op, GeluKernel)
FOREGRAPH_REGISTER_KERNEL(gelu_slope_op, GeluSlopeKernel)

}  // namespace foregraph
