#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/ops/math/exp.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/square.hpp>

namespace foregraph {

/// erf: the error function, 2/sqrt(pi) * integral of exp(-t^2) from 0 to x. T[S] -> T[S] for T in
/// f32, f64. Backward keeps the input.
struct ErfKernel {
  template <class V>
  static V apply(V x) {
    return vector_math::erf_of(x);
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef erf_op = elementwise::define<ErfKernel>(
    "erf", 1,
    [](Vjp& v) {  // ct * 2/sqrt(pi) * exp(-x^2)
      const Tensor squared = square(v.input(0), v.at);
      const Tensor exponent = negate(squared, v.at);
      const Tensor bell = exp(exponent, v.at);
      const Tensor scaled = multiply(v.cotangent, 1.1283791670955126, v.at);
      v.set(0, zero_or_product(scaled, bell, v.at));
    },
    elementwise::same_floating);

/// Returns the error function of x, elementwise. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor erf(Argument x, Location at = Location::current()) {
  return elementwise::apply(erf_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(erf_op, ErfKernel)

}  // namespace foregraph
