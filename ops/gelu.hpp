#pragma once

#include <foregraph/ops/add.hpp>
#include <foregraph/ops/erf.hpp>

namespace foregraph {

/// gelu: x * Phi(x) with the normal distribution Phi(x) = (1 + erf(x/sqrt(2))) / 2 (Hendrycks and
/// Gimpel, 2016). T[S] -> T[S] for T in f32, f64. Backward keeps the input only.
struct GeluKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    return V(T(0.5)) * x * (V(1) + vector_math::erf_of(x * V(T(0.70710678118654752))));
  }
};

/// gelu_gradient: what gelu passes back, in one step instead of many.
/// T[S] x, T[S] cotangent -> T[S].
struct GeluGradientKernel {
  template <class V>
  static V apply(V x, V cotangent) {
    using T = typename V::value_type;
    const V cdf = V(T(0.5)) * (V(1) + vector_math::erf_of(x * V(T(0.70710678118654752))));
    const V pdf = V(T(0.39894228040143268)) * exp(V(T(-0.5)) * x * x);
    return cotangent * (cdf + x * pdf);
  }
};

inline constexpr OpDef gelu_gradient_op = [] {
  OpDef op = elementwise::define<GeluGradientKernel>("gelu_gradient", 2, nullptr,
                                                     elementwise::same_floating);
  op.decompose = [](Tensor t) {
    const Tensor x = elementwise::operand(t, 0);
    const Tensor cotangent = elementwise::operand(t, 1);
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
    const Tensor slope = add(cdf, rest, at);
    return multiply(cotangent, slope, at);
  };
  return op;
}();

inline constexpr OpDef gelu_op = elementwise::define<GeluKernel>(
    "gelu", 1,
    [](Vjp& v) {
      v.set(0, elementwise::apply(gelu_gradient_op, {v.input(0), v.cotangent}, v.at));
    },
    elementwise::same_floating);

[[nodiscard]] constexpr Tensor gelu(Argument x, Location at = Location::current()) {
  return elementwise::apply(gelu_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(gelu_op, GeluKernel)
FOREGRAPH_REGISTER_KERNEL(gelu_gradient_op, GeluGradientKernel)

}  // namespace foregraph
