#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/zero_or.hpp>

namespace foregraph {

/// square: x * x. T[S] -> T[S] for T in f32, f64, i32, i64. A cotangent of 0 passes back 0, even
/// where x is infinite. Backward keeps the input.
struct SquareKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V x) {
    return x * x;
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef square_op = elementwise::with_flat_at_zero(
    [](Tensor) { return true; }, elementwise::define<SquareKernel>("square", 1, [](Vjp& v) {
      const Tensor twice = multiply(v.cotangent, 2.0, v.at);
      v.set(0, zero_or_product(twice, v.input(0), v.at));
    }));

/// Returns x x, elementwise. T[S] -> T[S].
[[nodiscard]] constexpr Tensor square(Argument x, Location at = Location::current()) {
  return elementwise::apply(square_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(square_op, SquareKernel)

}  // namespace foregraph
