#pragma once

#include <foregraph/ops/abs.hpp>
#include <foregraph/ops/square.hpp>
#include <foregraph/ops/subtract.hpp>

namespace foregraph {

/// softsign: x / (1 + |x|). T[S] -> T[S] for T in f32, f64. Backward keeps the output: the
/// derivative is (1 - |y|)^2.
struct SoftsignKernel {
  template <class V>
  static V apply(V x) {
    return x / (V(1) + max(-x, x));
  }
};

inline constexpr OpDef softsign_op = elementwise::define<SoftsignKernel>(
    "softsign", 1,
    [](Vjp& v) {
      const Tensor size = abs(v.output, v.at);
      const Tensor rest = subtract(1.0, size, v.at);
      const Tensor slope = square(rest, v.at);
      v.set(0, multiply(v.cotangent, slope, v.at));
    },
    elementwise::same_floating);

[[nodiscard]] constexpr Tensor softsign(Argument x, Location at = Location::current()) {
  return elementwise::apply(softsign_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(softsign_op, SoftsignKernel)

}  // namespace foregraph
