#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <foregraph/detail/ops/math/exp.hpp>

namespace foregraph {

/// log_softmax along an axis: x - max - log(sum(exp(x - max))), precise where softmax is near 0.
/// T[S] -> T[S] for T in f32, f64. Backward keeps the output. In place.
/// Attributes: integers[0] axis.
struct LogSoftmaxKernel;

FOREGRAPH_EXPORT inline constexpr OpDef log_softmax_op{
    .name = "log_softmax",
    .infer = detail::infer_softmax,
    .vjp =
        [](Vjp& v) {
          const Tensor total = sum(v.cotangent, {one_axis::of(v.attributes)}, KeepDims::yes, v.at);
          const Tensor p = exp(v.output, v.at);
          v.set(0, subtract(v.cotangent, zero_or_product(total, p, v.at), v.at));
        },
    .flops = detail::softmax_flops,
    .samples = samples::of_other_axes,
    .in_place = 1,
    .kernels = &Kernels<LogSoftmaxKernel>::table,
    .doc = {"f[S] -> f[S]", "5 per element"}};

/// Returns x - log(sum(exp(x))) along `axis`, stable for any x. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor log_softmax(Tensor x, int axis = -1,
                                           Location at = Location::current()) {
  return graph_of(x, log_softmax_op, at)
      .append(log_softmax_op, {x}, one_axis::attributes(axis, x.shape()), at);
}

FOREGRAPH_REGISTER_KERNEL(log_softmax_op, LogSoftmaxKernel)

}  // namespace foregraph
