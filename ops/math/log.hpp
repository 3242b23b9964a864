#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/divide.hpp>

namespace foregraph {

/// log: natural logarithm. T[S] -> T[S] for T in f32, f64; NaN below 0, -infinity at 0. A cotangent
/// of 0 passes back 0, even at x = 0. Backward keeps the input.
struct LogKernel {
  template <class V>
  static V apply(V x) {
    return log(x);
  }
};

constexpr Tensor log(Argument x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef log_op = elementwise::define<LogKernel>(
    "log", 1, [](Vjp& v) { v.set(0, zero_or_quotient(v.cotangent, v.input(0), v.at)); },
    elementwise::same_floating);

/// Returns log(x), elementwise: -inf at 0, NaN below. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor log(Argument x, Location at) {
  return elementwise::apply(log_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(log_op, LogKernel)

}  // namespace foregraph
