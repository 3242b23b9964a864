#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>

namespace foregraph {

/// softplus: log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), which cannot overflow.
/// T[S] -> T[S] for T in f32, f64. Backward keeps the input.
struct SoftplusKernel {
  template <class V>
  static V apply(V x) {
    return max(x, V(0)) + log1p(exp(-abs(x)));
  }
};

constexpr Tensor softplus(Argument x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef softplus_op = elementwise::define<SoftplusKernel>(
    "softplus", 1,
    [](Vjp& v) { v.set(0, zero_or_product(v.cotangent, sigmoid(v.input(0), v.at), v.at)); },
    elementwise::same_floating);

/// Returns log(1 + exp(x)), elementwise, without overflow. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor softplus(Argument x, Location at) {
  return elementwise::apply(softplus_op, {x}, at);
}

FOREGRAPH_REGISTER_KERNEL(softplus_op, SoftplusKernel)

}  // namespace foregraph
