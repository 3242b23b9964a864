#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/activation/softplus.hpp>
#include <foregraph/detail/ops/activation/tanh.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/square.hpp>

namespace foregraph {

/// mish: x * tanh(softplus(x)) (Misra, 2019). With n = e^x * (e^x + 2) this equals x * n / (n + 2);
/// from x = 20 on it is x in either precision. T[S] -> T[S] for T in f32, f64. Backward keeps the
/// input.
struct MishKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    const V e = exp(min(V(T(20)), x));
    const V n = e * (e + V(2));
    return max(V(T(-800)), x) * (n / (n + V(2)));  // e is 0 below -800; avoids -inf * 0 = NaN
  }
};

/// mish_gradient: the input's cotangent for mish, as one op instead of many. T[S] x, T[S] cotangent
/// -> T[S].
struct MishGradientKernel {
  template <class V>
  static V apply(V x, V cotangent) {
    using T = typename V::value_type;
    const V near = max(V(T(-800)), min(V(T(20)), x));
    const V e = exp(near);
    const V n = e * (e + V(2));
    const V t = n / (n + V(2));
    const V s = e / (e + V(1));
    const V steep = V(4) * (n + V(1)) / ((n + V(2)) * (n + V(2)));  // 1 - t^2
    return select(cotangent == V(0), V(0), cotangent * (t + near * steep * s));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef mish_gradient_op = [] {
  OpDef op = elementwise::define<MishGradientKernel>("mish_gradient", 2, nullptr,
                                                     elementwise::same_floating);
  op.decompose = [](Tensor t) {
    const Tensor x = elementwise::operand(t, 0);
    const Tensor cotangent = elementwise::operand(t, 1);
    const Location at = t.graph->node(t.id).at;
    const Tensor plus = softplus(x, at);
    const Tensor inner_tanh = tanh(plus, at);
    const Tensor s = sigmoid(x, at);
    const Tensor squared = square(inner_tanh, at);
    const Tensor steep = subtract(1.0, squared, at);
    const Tensor inner = multiply(steep, s, at);
    const Tensor rest = multiply(x, inner, at);
    const Tensor slope = add(inner_tanh, rest, at);
    return zero_or_product(cotangent, slope, at);
  };
  return op;
}();

FOREGRAPH_EXPORT inline constexpr OpDef mish_op = elementwise::define<MishKernel>(
    "mish", 1,
    [](Vjp& v) {
      v.set(0, elementwise::apply(mish_gradient_op, {v.input(0), v.cotangent}, v.at));
    },
    elementwise::same_floating);

/// Returns x tanh(softplus(x)), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor mish(Argument x, Location at = Location::current()) {
  return elementwise::apply(mish_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(mish_op, MishKernel)
FOREGRAPH_REGISTER_KERNEL(mish_gradient_op, MishGradientKernel)

}  // namespace foregraph
