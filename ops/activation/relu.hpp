#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

namespace foregraph {

/// relu: max(x, 0). T[S] -> T[S] for T in f32, f64; derivative 0 at 0.
/// Backward keeps the output, which the next layer keeps anyway.
struct ReluKernel {
  template <class V>
  static V apply(V x) {
    return max(V(0), x);  // of NaN and a number, max returns its second operand
  }
};

constexpr Tensor relu(Argument x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef relu_op = elementwise::define<ReluKernel>(
    "relu", 1,
    [](Vjp& v) { v.set(0, select(less_equal(v.output, 0.0, v.at), 0.0, v.cotangent, v.at)); },
    elementwise::same_floating);

/// Returns max(x, 0), elementwise. T[S] -> T[S] for T in f32, f64. The gradient at 0 is 0.
[[nodiscard]] constexpr Tensor relu(Argument x, Location at) {
  return elementwise::apply(relu_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(relu_op, ReluKernel)

}  // namespace foregraph
