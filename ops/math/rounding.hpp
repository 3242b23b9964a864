#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>

namespace foregraph {

/// floor, ceil: to the whole number below or above; round: to the nearest, halves to even, as in
/// ONNX and NumPy. T[S] -> T[S] for T in f32, f64. The derivative is zero wherever it exists.
struct FloorKernel {
  template <class V>
  static V apply(V x) {
    return floor(x);
  }
};
struct CeilKernel {
  template <class V>
  static V apply(V x) {
    return ceil(x);
  }
};
struct RoundKernel {
  template <class V>
  static V apply(V x) {
    return nearbyint(x);
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef floor_op =
    elementwise::define<FloorKernel>("floor", 1, zero_gradient, elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef ceil_op =
    elementwise::define<CeilKernel>("ceil", 1, zero_gradient, elementwise::same_floating);
FOREGRAPH_EXPORT inline constexpr OpDef round_op =
    elementwise::define<RoundKernel>("round", 1, zero_gradient, elementwise::same_floating);

/// Returns the largest integer not above x, elementwise. T[S] -> T[S] for T in f32, f64. The
/// gradient is 0.
[[nodiscard]] constexpr Tensor floor(Argument x, Location at = Location::current()) {
  return elementwise::apply(floor_op, {x}, at);
}
/// Returns the smallest integer not below x, elementwise; see floor().
[[nodiscard]] constexpr Tensor ceil(Argument x, Location at = Location::current()) {
  return elementwise::apply(ceil_op, {x}, at);
}
/// Returns the nearest integer, elementwise, halves to the even one; see floor().
[[nodiscard]] constexpr Tensor round(Argument x, Location at = Location::current()) {
  return elementwise::apply(round_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(floor_op, FloorKernel)
FOREGRAPH_REGISTER_KERNEL(ceil_op, CeilKernel)
FOREGRAPH_REGISTER_KERNEL(round_op, RoundKernel)

}  // namespace foregraph
