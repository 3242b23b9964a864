#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>

namespace foregraph {

/// sign: 1, 0 or -1. T[S] -> T[S] for T in f32, f64, i32, i64. NaN stays NaN. The derivative is
/// zero wherever it exists.
struct SignKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V x) {
    return select(x > V(0), V(1), select(x < V(0), V(-1), x));
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef sign_op =
    elementwise::define<SignKernel>("sign", 1, zero_gradient);

/// Returns -1, 0 or 1 by the sign of x, elementwise. T[S] -> T[S]. The gradient is 0.
[[nodiscard]] constexpr Tensor sign(Argument x, Location at = Location::current()) {
  return elementwise::apply(sign_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(sign_op, SignKernel)

}  // namespace foregraph
