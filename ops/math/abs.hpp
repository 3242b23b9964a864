#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sign.hpp>

namespace foregraph {

/// abs: |x|. T[S] -> T[S] for T in f32, f64, i32, i64; the derivative at 0 is 0. The least integer
/// is unchanged. Backward keeps the input.
struct AbsKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V x) {
    using T = typename V::value_type;
    if constexpr (T(0.5) != T(0))
      return abs(x);
    else
      return max(-x, x);
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef abs_op =
    elementwise::define<AbsKernel>("abs", 1, [](Vjp& v) {
      const Tensor direction = sign(v.input(0), v.at);
      v.set(0, zero_or_product(v.cotangent, direction, v.at));
    });

/// Returns |x|, elementwise. T[S] -> T[S]. The gradient at 0 is 0.
[[nodiscard]] constexpr Tensor abs(Argument x, Location at = Location::current()) {
  return elementwise::apply(abs_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(abs_op, AbsKernel)

}  // namespace foregraph
