#pragma once

#include <foregraph/ops/divide.hpp>
#include <foregraph/ops/multiply.hpp>

namespace foregraph {

/// sqrt: square root. T[S] -> T[S] for T in f32, f64; NaN below 0. Backward keeps the output.
struct SqrtKernel {
  template <class V>
  static V apply(V x) {
    return sqrt(x);
  }
};

constexpr Tensor sqrt(Argument x, Location at = Location::current());

inline constexpr OpDef sqrt_op = elementwise::define<SqrtKernel>(
    "sqrt", 1, [](Vjp& v) { v.set(0, divide(multiply(v.cotangent, 0.5, v.at), v.output, v.at)); },
    elementwise::same_floating);

[[nodiscard]] constexpr Tensor sqrt(Argument x, Location at) {
  return elementwise::apply(sqrt_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(sqrt_op, SqrtKernel)

}  // namespace foregraph
