#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/square.hpp>

namespace foregraph {

/// gelu_tanh: the approximation of gelu by x/2 * (1 + tanh(u)), u = sqrt(2/pi) * (x + 0.044715 x^3)
/// (Hendrycks and Gimpel, 2016), computed as x * sigmoid(2u). T[S] -> T[S] for T in f32, f64.
/// Backward keeps only the input.
struct GeluTanhKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    const V u2 = V(T(1.5957691216057308)) * x * (V(1) + V(T(0.044715)) * x * x);
    return max(V(-25), x) / (V(1) + exp(-u2));  // 0 below -25; avoids -inf / inf = NaN
  }
};

/// gelu_tanh_gradient: the input's cotangent for gelu_tanh, as one op instead of many. T[S] x, T[S]
/// cotangent -> T[S].
struct GeluTanhGradientKernel {
  template <class V>
  static V apply(V x, V cotangent) {
    using T = typename V::value_type;
    const V near = vector_math::within(x, 25);  // s is 0 or 1 outside
    const V squared = near * near;
    const V u2 = V(T(1.5957691216057308)) * near * (V(1) + V(T(0.044715)) * squared);
    const V u2_slope = V(T(1.5957691216057308)) * (V(1) + V(T(0.134145)) * squared);
    const V s = V(1) / (V(1) + exp(-u2));
    return select(cotangent == V(0), V(0), cotangent * s * (V(1) + near * (V(1) - s) * u2_slope));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef gelu_tanh_gradient_op = [] {
  OpDef op = elementwise::define<GeluTanhGradientKernel>("gelu_tanh_gradient", 2, nullptr,
                                                         elementwise::same_floating);
  op.decompose = [](Tensor t) {
    const Tensor x = elementwise::operand(t, 0);
    const Tensor cotangent = elementwise::operand(t, 1);
    const Location at = t.graph->node(t.id).at;
    const Tensor squared = square(x, at);
    const Tensor cubic = multiply(squared, 0.044715 * 1.5957691216057308, at);
    const Tensor factor = add(cubic, 1.5957691216057308, at);
    const Tensor u2 = multiply(x, factor, at);
    const Tensor thrice = multiply(squared, 0.134145 * 1.5957691216057308, at);
    const Tensor u2_slope = add(thrice, 1.5957691216057308, at);
    const Tensor s = sigmoid(u2, at);
    const Tensor rest = subtract(1.0, s, at);
    const Tensor falling = multiply(x, rest, at);
    const Tensor product = multiply(falling, u2_slope, at);
    const Tensor raised = add(product, 1.0, at);
    const Tensor slope = multiply(s, raised, at);
    return zero_or_product(cotangent, slope, at);
  };
  return op;
}();

FOREGRAPH_EXPORT inline constexpr OpDef gelu_tanh_op = elementwise::define<GeluTanhKernel>(
    "gelu_tanh", 1,
    [](Vjp& v) {
      v.set(0, elementwise::apply(gelu_tanh_gradient_op, {v.input(0), v.cotangent}, v.at));
    },
    elementwise::same_floating);

/// Returns gelu's approximation x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), elementwise.
/// T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor gelu_tanh(Argument x, Location at = Location::current()) {
  return elementwise::apply(gelu_tanh_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(gelu_tanh_op, GeluTanhKernel)
FOREGRAPH_REGISTER_KERNEL(gelu_tanh_gradient_op, GeluTanhGradientKernel)

}  // namespace foregraph
