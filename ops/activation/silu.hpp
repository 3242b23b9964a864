#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>
#include <foregraph/detail/ops/math/add.hpp>

namespace foregraph {

/// silu: x * sigmoid(x), also known as swish. T[S] -> T[S] for T in f32, f64. Backward keeps only
/// the input.
struct SiluKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    return max(V(T(-750)), x) / (V(T(1)) + exp(-x));  // 0 below -750; avoids -inf / inf = NaN
  }
};

/// silu_gradient: the input's cotangent for silu, as one op instead of many. T[S] x, T[S] cotangent
/// -> T[S].
struct SiluGradientKernel {
  template <class V>
  static V apply(V x, V cotangent) {
    using T = typename V::value_type;
    const V s = V(T(1)) / (V(T(1)) + exp(-x));
    const V near = vector_math::within(x, 750);  // s is 0 or 1 outside
    return select(cotangent == V(0), V(0), cotangent * s * (V(T(1)) + near * (V(T(1)) - s)));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef silu_gradient_op = [] {
  OpDef op = elementwise::define<SiluGradientKernel>("silu_gradient", 2, nullptr,
                                                     elementwise::same_floating);
  op.decompose = [](Tensor t) {
    const Tensor x = elementwise::operand(t, 0);
    const Tensor cotangent = elementwise::operand(t, 1);
    const Location at = t.graph->node(t.id).at;
    const Tensor s = sigmoid(x, at);
    const Tensor rest = subtract(1.0, s, at);
    const Tensor falling = multiply(x, rest, at);
    const Tensor raised = add(falling, 1.0, at);
    const Tensor slope = multiply(s, raised, at);
    return zero_or_product(cotangent, slope, at);
  };
  return op;
}();

FOREGRAPH_EXPORT inline constexpr OpDef silu_op = elementwise::define<SiluKernel>(
    "silu", 1,
    [](Vjp& v) {
      v.set(0, elementwise::apply(silu_gradient_op, {v.input(0), v.cotangent}, v.at));
    },
    elementwise::same_floating);

/// Returns x sigmoid(x), elementwise; also called swish. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor silu(Argument x, Location at = Location::current()) {
  return elementwise::apply(silu_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(silu_op, SiluKernel)
FOREGRAPH_REGISTER_KERNEL(silu_gradient_op, SiluGradientKernel)

}  // namespace foregraph
