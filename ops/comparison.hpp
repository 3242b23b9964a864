#pragma once

#include <foregraph/ops/elementwise.hpp>

namespace foregraph {

/// greater, less, equal, not_equal, greater_equal, less_equal: T[S], T[S] -> bool[S], broadcasting,
/// for T in f32, f64, i32, i64. With NaN only not_equal is true. Their derivative is zero wherever
/// it exists.
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
struct NotEqualKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a == b, V(0), V(1));  // of NaN, a != b is false in some vector libraries
  }
};
struct GreaterEqualKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a >= b, V(1), V(0));
  }
};
struct LessEqualKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a <= b, V(1), V(0));
  }
};

inline constexpr OpDef greater_op =
    elementwise::define<GreaterKernel>("greater", 2, zero_gradient, elementwise::truth);
inline constexpr OpDef less_op =
    elementwise::define<LessKernel>("less", 2, zero_gradient, elementwise::truth);
inline constexpr OpDef equal_op =
    elementwise::define<EqualKernel>("equal", 2, zero_gradient, elementwise::truth);
inline constexpr OpDef not_equal_op =
    elementwise::define<NotEqualKernel>("not_equal", 2, zero_gradient, elementwise::truth);
inline constexpr OpDef greater_equal_op =
    elementwise::define<GreaterEqualKernel>("greater_equal", 2, zero_gradient, elementwise::truth);
inline constexpr OpDef less_equal_op =
    elementwise::define<LessEqualKernel>("less_equal", 2, zero_gradient, elementwise::truth);

[[nodiscard]] constexpr Tensor greater(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(greater_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor less(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(less_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor equal(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(equal_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor not_equal(Argument a, Argument b,
                                         Location at = Location::current()) {
  return elementwise::apply(not_equal_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor greater_equal(Argument a, Argument b,
                                             Location at = Location::current()) {
  return elementwise::apply(greater_equal_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor less_equal(Argument a, Argument b,
                                          Location at = Location::current()) {
  return elementwise::apply(less_equal_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor operator>(Argument a, Argument b) {
  return greater(a, b, a.at);
}
[[nodiscard]] constexpr Tensor operator<(Argument a, Argument b) {
  return less(a, b, a.at);
}
[[nodiscard]] constexpr Tensor operator>=(Argument a, Argument b) {
  return greater_equal(a, b, a.at);
}
[[nodiscard]] constexpr Tensor operator<=(Argument a, Argument b) {
  return less_equal(a, b, a.at);
}

FOREGRAPH_REGISTER_KERNEL(greater_op, GreaterKernel)
FOREGRAPH_REGISTER_KERNEL(less_op, LessKernel)
FOREGRAPH_REGISTER_KERNEL(equal_op, EqualKernel)
FOREGRAPH_REGISTER_KERNEL(not_equal_op, NotEqualKernel)
FOREGRAPH_REGISTER_KERNEL(greater_equal_op, GreaterEqualKernel)
FOREGRAPH_REGISTER_KERNEL(less_equal_op, LessEqualKernel)

}  // namespace foregraph
