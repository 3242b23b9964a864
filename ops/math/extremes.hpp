#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

namespace foregraph {

/// maximum, minimum: the larger and the smaller of a and b, broadcasting; NaN where either is NaN.
/// T[S], T[S] -> T[S] for T in f32, f64, i32, i64. If they are equal the gradient goes to b, if one
/// is NaN to both. Backward keeps both operands.
struct MaximumKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a == a, max(a, b), a);  // of NaN and a number, max returns its second operand
  }
};
struct MinimumKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a == a, min(a, b), a);  // as max does
  }
};

namespace elementwise {
/// Returns the OpDef of an op whose result is b where `takes_b` is true of (a, b), a where
/// `takes_a` is, and NaN where neither is.
template <class Kernel, auto takes_b, auto takes_a>
constexpr OpDef define_extreme(std::string_view name) {
  return define<Kernel>(name, 2, [](Vjp& v) {
    if (v.wants(0)) {
      const Tensor second = takes_b(v.input(0), v.input(1), v.at);
      v.set(0, select(second, 0.0, v.cotangent, v.at));
    }
    if (v.wants(1)) {
      const Tensor first = takes_a(v.input(0), v.input(1), v.at);
      v.set(1, select(first, 0.0, v.cotangent, v.at));
    }
  });
}
}  // namespace elementwise

FOREGRAPH_EXPORT inline constexpr OpDef maximum_op =
    elementwise::define_extreme<MaximumKernel, less_equal, greater>("maximum");
FOREGRAPH_EXPORT inline constexpr OpDef minimum_op =
    elementwise::define_extreme<MinimumKernel, greater_equal, less>("minimum");

/// Returns the larger of a and b, elementwise, with broadcasting; NaN if one is. T[S], T[S'] ->
/// T[broadcast of both].
[[nodiscard]] constexpr Tensor maximum(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(maximum_op, {a, b}, at);
}
/// Returns the smaller of a and b; see maximum().
[[nodiscard]] constexpr Tensor minimum(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(minimum_op, {a, b}, at);
}

FOREGRAPH_REGISTER_KERNEL(maximum_op, MaximumKernel)
FOREGRAPH_REGISTER_KERNEL(minimum_op, MinimumKernel)

}  // namespace foregraph
