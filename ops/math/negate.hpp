#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>

namespace foregraph {

/// negate: -x. T[S] -> T[S] for T in f32, f64, i32, i64. Backward keeps nothing.
struct NegateKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    if constexpr (T(0.5) != T(0))
      return x ^ V(T(-0.0));  // in some vector libraries -x is 0 - x, which differs for zeros
    else
      return -x;
  }
};

constexpr Tensor negate(Argument x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef negate_op = elementwise::linear(
    Linear::jointly,
    elementwise::define<NegateKernel>(
        "negate", 1, [](Vjp& v) { v.set(0, negate(v.cotangent, v.at)); }, elementwise::same_dtype,
        [](Tensor t) {
          const Tensor inner = elementwise::operand(t, 0);
          return t.graph->node(inner.id).op == t.graph->node(t.id).op
                     ? elementwise::operand(inner, 0)
                     : t;
        }));

/// Returns -x, elementwise. T[S] -> T[S].
[[nodiscard]] constexpr Tensor negate(Argument x, Location at) {
  return elementwise::apply(negate_op, {x}, at);
}
/// Returns negate(x).
[[nodiscard]] constexpr Tensor operator-(Argument x) {
  return negate(x, x.at);
}

FOREGRAPH_REGISTER_KERNEL(negate_op, NegateKernel)

}  // namespace foregraph
