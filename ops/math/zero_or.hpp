#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/negate.hpp>

namespace foregraph {

/// zero_or_product: a * b, and 0 where a is 0, regardless of b: 0 * inf and 0 * NaN are 0. A NaN in
/// a stays NaN. T[S], T[S] -> T[S] for T in f32, f64, i32, i64, broadcasting. Used for the chain
/// rule where a slope b may be infinite: no cotangent, no gradient. Backward keeps both operands.
struct ZeroOrProductKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a == V(0), V(0), a * b);
  }
};
/// zero_or_quotient: a / b, and 0 where a is 0, regardless of b. A NaN in a stays NaN. T[S], T[S]
/// -> T[S] for T in f32, f64, broadcasting. Backward keeps b and the result.
struct ZeroOrQuotientKernel {
  template <class V>
  static V apply(V a, V b) {
    return select(a == V(0), V(0), a / b);
  }
};

/// nonzero_product: a * b, and 0 where either is 0, regardless of the other. T[S], T[S] -> T[S] for
/// T in f32, f64, i32, i64, broadcasting. The derivative of zero_or_product with respect to b.
/// Backward keeps both operands.
struct NonzeroProductKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V a, V b) {
    return select(a == V(0), V(0), select(b == V(0), V(0), a * b));
  }
};

constexpr Tensor nonzero_product(Argument a, Argument b, Location at = Location::current());
constexpr Tensor zero_or_product(Argument a, Argument b, Location at = Location::current());
constexpr Tensor zero_or_quotient(Argument a, Argument b, Location at = Location::current());

// The derivative by an operand holds where that operand is 0 too: rules do not depend on the
// cotangent.
FOREGRAPH_EXPORT inline constexpr OpDef nonzero_product_op =
    elementwise::define<NonzeroProductKernel>("nonzero_product", 2, [](Vjp& v) {
      if (v.wants(0)) v.set(0, nonzero_product(v.cotangent, v.input(1), v.at));
      if (v.wants(1)) v.set(1, nonzero_product(v.cotangent, v.input(0), v.at));
    });

FOREGRAPH_EXPORT inline constexpr OpDef zero_or_product_op =
    elementwise::define<ZeroOrProductKernel>(
        "zero_or_product", 2,
        [](Vjp& v) {
          if (v.wants(0)) v.set(0, zero_or_product(v.cotangent, v.input(1), v.at));
          if (v.wants(1)) v.set(1, nonzero_product(v.cotangent, v.input(0), v.at));
        },
        elementwise::same_dtype,
        [](Tensor t) {
          const bool is_one = elementwise::is_constant(elementwise::operand(t, 1), 1);
          return is_one ? elementwise::operand(t, 0) : t;
        });

FOREGRAPH_EXPORT inline constexpr OpDef zero_or_quotient_op =
    elementwise::define<ZeroOrQuotientKernel>(
        "zero_or_quotient", 2,
        [](Vjp& v) {
          if (v.wants(0)) v.set(0, zero_or_quotient(v.cotangent, v.input(1), v.at));
          if (v.wants(1)) {
            const Tensor slope = zero_or_quotient(v.output, v.input(1), v.at);
            v.set(1, negate(nonzero_product(v.cotangent, slope, v.at), v.at));
          }
        },
        elementwise::same_floating,
        [](Tensor t) {
          const bool is_one = elementwise::is_constant(elementwise::operand(t, 1), 1);
          return is_one ? elementwise::operand(t, 0) : t;
        });

[[nodiscard]] constexpr Tensor nonzero_product(Argument a, Argument b, Location at) {
  return elementwise::apply(nonzero_product_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor zero_or_product(Argument a, Argument b, Location at) {
  return elementwise::apply(zero_or_product_op, {a, b}, at);
}
[[nodiscard]] constexpr Tensor zero_or_quotient(Argument a, Argument b, Location at) {
  return elementwise::apply(zero_or_quotient_op, {a, b}, at);
}

FOREGRAPH_REGISTER_KERNEL(nonzero_product_op, NonzeroProductKernel)
FOREGRAPH_REGISTER_KERNEL(zero_or_product_op, ZeroOrProductKernel)
FOREGRAPH_REGISTER_KERNEL(zero_or_quotient_op, ZeroOrQuotientKernel)

}  // namespace foregraph
