#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/zero_or.hpp>

namespace foregraph {

/// exp: e^x. T[S] -> T[S] for T in f32, f64. A cotangent of 0 passes back 0, even where e^x
/// overflows. Backward keeps the output.
struct ExpKernel {
  template <class V>
  static V apply(V x) {
    return exp(x);
  }
};

constexpr Tensor exp(Argument x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef exp_op = elementwise::define<ExpKernel>(
    "exp", 1, [](Vjp& v) { v.set(0, zero_or_product(v.cotangent, v.output, v.at)); },
    elementwise::same_floating);

/// Returns exp(x), elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor exp(Argument x, Location at) {
  return elementwise::apply(exp_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(exp_op, ExpKernel)

}  // namespace foregraph
