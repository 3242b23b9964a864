#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>

namespace foregraph {

/// add: a + b, broadcasting. T[S], T[S] -> T[S] for T in f32, f64, i32, i64.
/// Backward keeps nothing.
struct AddKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return a + b;
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef add_op = elementwise::with_flat_at_zero(
    [](Tensor t) {
      return elementwise::is_flat_at_zero(elementwise::operand(t, 0)) &&
             elementwise::is_flat_at_zero(elementwise::operand(t, 1));
    },
    elementwise::linear(Linear::jointly,
                        elementwise::define<AddKernel>(
                            "add", 2,
                            [](Vjp& v) {
                              v.set(0, v.cotangent);
                              v.set(1, v.cotangent);
                            },
                            elementwise::same_dtype,
                            [](Tensor sum) {
                              if (elementwise::is_constant(elementwise::operand(sum, 1), 0))
                                return elementwise::operand(sum, 0);
                              if (elementwise::is_constant(elementwise::operand(sum, 0), 0))
                                return elementwise::operand(sum, 1);
                              return sum;
                            })));

/// Returns a + b, elementwise, with broadcasting. T[S], T[S'] -> T[broadcast of both].
[[nodiscard]] constexpr Tensor add(Argument a, Argument b, Location at = Location::current()) {
  return elementwise::apply(add_op, {a, b}, at);
}
/// Returns add(a, b).
[[nodiscard]] constexpr Tensor operator+(Argument a, Argument b) {
  return add(a, b, a.at);
}

FOREGRAPH_REGISTER_KERNEL(add_op, AddKernel)

}  // namespace foregraph
