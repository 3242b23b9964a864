#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

namespace foregraph {

/// relu6: min(max(x, 0), 6). T[S] -> T[S] for T in f32, f64; the derivative is 0 at the bounds,
/// unlike that of clamp(x, 0, 6). Backward keeps the output, which the next layer keeps anyway.
struct Relu6Kernel {
  template <class V>
  static V apply(V x) {
    return min(V(6), max(V(0), x));  // of NaN and a number, these return the second operand
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef relu6_op = elementwise::define<Relu6Kernel>(
    "relu6", 1,
    [](Vjp& v) {
      // Two selections rather than one of a combined mask, which no region of numbers can form.
      const Tensor at_6 = greater_equal(v.output, 6.0, v.at);
      const Tensor below_6 = select(at_6, 0.0, v.cotangent, v.at);
      const Tensor at_0 = less_equal(v.output, 0.0, v.at);
      v.set(0, select(at_0, 0.0, below_6, v.at));
    },
    elementwise::same_floating);

/// Returns min(max(x, 0), 6), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor relu6(Argument x, Location at = Location::current()) {
  return elementwise::apply(relu6_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(relu6_op, Relu6Kernel)

}  // namespace foregraph
