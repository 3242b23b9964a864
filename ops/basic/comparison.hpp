#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>

namespace foregraph {

/// greater, less, equal, not_equal, greater_equal, less_equal: T[S], T[S] -> bool[S], broadcasting,
/// for T in f32, f64, i32, i64. With NaN only not_equal is true. The derivative is zero wherever it
/// exists.
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
    return select(a == b, V(0), V(1));  // a != b is false for NaN in some vector libraries
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

namespace elementwise {
template <class Kernel>
constexpr OpDef comparison(std::string_view name) {
  return with_shapes(define<Kernel>(name, 2, zero_gradient, truth), "T[S], T[S] -> bool[S]");
}
}  // namespace elementwise

FOREGRAPH_EXPORT inline constexpr OpDef greater_op =
    elementwise::comparison<GreaterKernel>("greater");
FOREGRAPH_EXPORT inline constexpr OpDef less_op = elementwise::comparison<LessKernel>("less");
FOREGRAPH_EXPORT inline constexpr OpDef equal_op = elementwise::comparison<EqualKernel>("equal");
FOREGRAPH_EXPORT inline constexpr OpDef not_equal_op =
    elementwise::comparison<NotEqualKernel>("not_equal");
FOREGRAPH_EXPORT inline constexpr OpDef greater_equal_op =
    elementwise::comparison<GreaterEqualKernel>("greater_equal");
FOREGRAPH_EXPORT inline constexpr OpDef less_equal_op =
    elementwise::comparison<LessEqualKernel>("less_equal");

/// Returns a > b, elementwise, with broadcasting. T[S], T[S'] -> bool[broadcast of both]. False for
/// NaN.
[[nodiscard]] constexpr Tensor greater(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(greater_op, {a, b}, at);
}
/// Returns a < b; see greater().
[[nodiscard]] constexpr Tensor less(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(less_op, {a, b}, at);
}
/// Returns a == b; see greater(). NaN equals nothing.
[[nodiscard]] constexpr Tensor equal(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(equal_op, {a, b}, at);
}
/// Returns a != b; see greater(). True for NaN.
[[nodiscard]] constexpr Tensor not_equal(Argument a, Argument b,
                                         Location at = Location::current()) {
  return elementwise::apply(not_equal_op, {a, b}, at);
}
/// Returns a >= b; see greater().
[[nodiscard]] constexpr Tensor greater_equal(Argument a, Argument b,
                                             Location at = Location::current()) {
  return elementwise::apply(greater_equal_op, {a, b}, at);
}
/// Returns a <= b; see greater().
[[nodiscard]] constexpr Tensor less_equal(Argument a, Argument b,
                                          Location at = Location::current()) {
  return elementwise::apply(less_equal_op, {a, b}, at);
}
/// Returns greater(a, b).
[[nodiscard]] constexpr Tensor operator>(Argument a, Argument b) {
  return greater(a, b, a.at);
}
/// Returns less(a, b).
[[nodiscard]] constexpr Tensor operator<(Argument a, Argument b) {
  return less(a, b, a.at);
}
/// Returns greater_equal(a, b).
[[nodiscard]] constexpr Tensor operator>=(Argument a, Argument b) {
  return greater_equal(a, b, a.at);
}
/// Returns less_equal(a, b).
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
