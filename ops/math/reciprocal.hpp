#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/square.hpp>

namespace foregraph {

/// reciprocal: 1 / x. T[S] -> T[S] for T in f32, f64; infinite at 0. A cotangent of 0 passes back
/// 0. Backward keeps the output.
struct ReciprocalKernel {
  template <class V>
  static V apply(V x) {
    return V(1) / x;
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef reciprocal_op = elementwise::define<ReciprocalKernel>(
    "reciprocal", 1,
    [](Vjp& v) {  // -ct / x^2
      const Tensor squared = square(v.output, v.at);
      const Tensor scaled = zero_or_product(v.cotangent, squared, v.at);
      v.set(0, negate(scaled, v.at));
    },
    elementwise::same_floating);

/// Returns 1 / x, elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor reciprocal(Argument x, Location at = Location::current()) {
  return elementwise::apply(reciprocal_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(reciprocal_op, ReciprocalKernel)

}  // namespace foregraph
