#pragma once

#include <foregraph/ops/elementwise.hpp>

namespace foregraph {

/// greater, less, equal: T[S], T[S] -> bool[S], broadcasting, for T in f32, f64, i32, i64.
/// Their derivative is zero wherever it exists.
struct GreaterKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a > b, V(1), V(0));
  }
};
struct LessKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a < b, V(1), V(0));
  }
};
struct EqualKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a == b, V(1), V(0));
  }
};

inline constexpr OpDef greater_op =
    elementwise::define<GreaterKernel>("greater", 2, zero_gradient, elementwise::truth);
inline constexpr OpDef less_op =
    elementwise::define<LessKernel>("less", 2, zero_gradient, elementwise::truth);
inline constexpr OpDef equal_op =
    elementwise::define<EqualKernel>("equal", 2, zero_gradient, elementwise::truth);

[[nodiscard]] constexpr Tensor greater(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(greater_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor less(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(less_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor equal(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(equal_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor operator>(Argument a, Argument b) {
  return greater(a, b, a.at);
}
[[nodiscard]] constexpr Tensor operator<(Argument a, Argument b) {
  return less(a, b, a.at);
}

FOREGRAPH_REGISTER_KERNEL(greater_op, GreaterKernel)
FOREGRAPH_REGISTER_KERNEL(less_op, LessKernel)
FOREGRAPH_REGISTER_KERNEL(equal_op, EqualKernel)

}  // namespace foregraph
