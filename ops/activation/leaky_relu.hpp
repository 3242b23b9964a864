#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/zero_or.hpp>

namespace foregraph {

/// leaky_relu: x above 0, slope * x elsewhere, broadcasting; the derivative at 0 is the slope.
/// T[S], T[S] -> T[S] for T in f32, f64. With a tensor as slope it is PReLU, and the slope has a
/// gradient. Backward keeps the output if the slope is a positive number, since the signs then
/// agree; otherwise x.
struct LeakyReluKernel {
  template <class V>
  static V apply(V x, V slope) {
    return select(x > V(0), x, slope * x);
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef leaky_relu_op = elementwise::define<LeakyReluKernel>(
    "leaky_relu", 2,
    [](Vjp& v) {
      const bool same_sign = elementwise::is_known_positive(v.input(1));
      const Tensor positive = greater(same_sign ? v.output : v.input(0), 0.0, v.at);
      if (v.wants(0)) {
        const Tensor scaled = elementwise::chained(v.cotangent, v.input(1), v.at);
        v.set(0, select(positive, v.cotangent, scaled, v.at));
      }
      if (v.wants(1)) {
        const Tensor scaled = zero_or_product(v.cotangent, v.input(0), v.at);
        const Tensor zero = v.output.graph->constant(0, v.output.dtype(), v.at);
        v.set(1, select(positive, zero, scaled, v.at));
      }
    },
    elementwise::same_floating);

/// Returns x where x > 0, else slope x, elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor leaky_relu(Argument x, Argument slope = 0.01,
                                          Location at = Location::current()) {
  return elementwise::apply(leaky_relu_op, {x, slope}, at);
}

FOREGRAPH_REGISTER_KERNEL(leaky_relu_op, LeakyReluKernel)

}  // namespace foregraph
