#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/nn/losses/same_shape.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph {

/// absolute_error: |a - b|. T[S], T[S] -> T[S] for T in f32, f64; the derivative is 0 where a = b.
/// Backward keeps both operands. In place.
struct AbsoluteErrorKernel {
  template <class V>
  static V apply(V a, V b) {
    return abs(a - b);
  }
};

FOREGRAPH_EXPORT inline constexpr OpDef absolute_error_op =
    elementwise::define<AbsoluteErrorKernel>(
        "absolute_error", 2,
        [](Vjp& v) {
          const Tensor above = greater(v.input(0), v.input(1), v.at);
          const Tensor below = less(v.input(0), v.input(1), v.at);
          const Tensor back = negate(v.cotangent, v.at);
          const Tensor difference = subtract(v.input(0), v.input(1), v.at);
          const Tensor none = multiply(difference, 0.0, v.at);  // 0, or NaN
          if (v.wants(0)) {
            const Tensor rest = select(below, back, none, v.at);
            v.set(0, select(above, v.cotangent, rest, v.at));
          }
          if (v.wants(1)) {
            const Tensor rest = select(below, v.cotangent, none, v.at);
            v.set(1, select(above, back, rest, v.at));
          }
        },
        elementwise::same_floating);

}  // namespace foregraph

namespace foregraph::nn {

/// Returns mean(|prediction - target|) over all elements, both f[S] of exactly one shape.
[[nodiscard]] constexpr Tensor mean_absolute_error(Tensor prediction, Tensor target,
                                                   Location at = Location::current()) {
  if (!detail::same_shape(absolute_error_op, prediction, target, at)) return prediction;
  const Tensor each = elementwise::apply(absolute_error_op, {prediction, target}, at);
  return mean(each, {}, KeepDims::no, at);
}

}  // namespace foregraph::nn

namespace foregraph {

FOREGRAPH_REGISTER_KERNEL(absolute_error_op, AbsoluteErrorKernel)

}  // namespace foregraph
