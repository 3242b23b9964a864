#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

namespace foregraph {

/// hard_swish: x * max(0, min(1, x/6 + 1/2)), as in ONNX. T[S] -> T[S] for T in f32, f64. The
/// derivative is x/3 + 1/2 strictly between -3 and 3, 0 up to -3 and 1 from 3 on. Backward keeps
/// only the input.
struct HardSwishKernel {
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    const V share = max(V(0), min(V(1), x * V(T(1) / T(6)) + V(T(0.5))));
    return max(V(-3), x) * share;  // -inf * 0 would be NaN
  }
};

/// hard_swish_gradient: the input's cotangent for hard_swish, as one op instead of many. T[S] x,
/// T[S] cotangent -> T[S].
struct HardSwishGradientKernel {
  template <class V>
  static V apply(V x, V cotangent) {
    using T = typename V::value_type;
    const V inner = x * V(T(1) / T(3)) + V(T(0.5));
    return select(cotangent == V(0), V(0),
                  cotangent * select(x <= V(-3), V(0), select(x >= V(3), V(1), inner)));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef hard_swish_gradient_op = [] {
  OpDef op = elementwise::define<HardSwishGradientKernel>("hard_swish_gradient", 2, nullptr,
                                                          elementwise::same_floating);
  op.decompose = [](Tensor t) {
    const Tensor x = elementwise::operand(t, 0);
    const Tensor cotangent = elementwise::operand(t, 1);
    const Location at = t.graph->node(t.id).at;
    const Tensor scaled = multiply(x, 1.0 / 3, at);
    const Tensor inner = add(scaled, 0.5, at);
    const Tensor high = greater_equal(x, 3.0, at);
    const Tensor one = t.graph->constant(1, x.dtype(), at);
    const Tensor upper = select(high, one, inner, at);
    const Tensor low = less_equal(x, -3.0, at);
    const Tensor zero = t.graph->constant(0, x.dtype(), at);
    const Tensor slope = select(low, zero, upper, at);
    return zero_or_product(cotangent, slope, at);
  };
  return op;
}();

FOREGRAPH_EXPORT inline constexpr OpDef hard_swish_op = elementwise::define<HardSwishKernel>(
    "hard_swish", 1,
    [](Vjp& v) {
      v.set(0, elementwise::apply(hard_swish_gradient_op, {v.input(0), v.cotangent}, v.at));
    },
    elementwise::same_floating);

/// Returns x min(max(x + 3, 0), 6) / 6, elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor hard_swish(Argument x, Location at = Location::current()) {
  return elementwise::apply(hard_swish_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(hard_swish_op, HardSwishKernel)
FOREGRAPH_REGISTER_KERNEL(hard_swish_gradient_op, HardSwishGradientKernel)

}  // namespace foregraph
