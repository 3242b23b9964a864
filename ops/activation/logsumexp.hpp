#pragma once

#include <limits>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/exp.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/reduce_max.hpp>

namespace foregraph {

/// logsumexp: log(sum(exp(x))) over some or all axes, computed as log(sum(exp(x - max))) + max,
/// which overflows for no x. T[S] -> T[S without axes] for T in f32, f64. Stores nothing of the
/// operand's size; the maxima are in the workspace. The derivative is the softmax; 1 for +inf, and
/// 0 where all elements are -inf. Backward keeps operand and result. Attributes: integers[0] is the
/// mask of axes, integers[1] is 1 if dimensions are kept.
struct LogSumExpKernel;

FOREGRAPH_EXPORT inline constexpr OpDef logsumexp_op{
    .name = "logsumexp",
    .infer = reduction::infer_floating,
    .vjp =
        [](Vjp& v) {
          const Shape from = v.input(0).shape();
          const std::int64_t mask = v.attributes.integers[0];
          const Tensor total = reduction::kept(v.output, from, mask, v.at);
          // inf - inf is NaN: the derivative is 1 for +inf and 0 for -inf, even if the whole row is
          // -inf.
          const double lowest = v.output.dtype() == f64 ? std::numeric_limits<double>::lowest()
                                                        : std::numeric_limits<float>::lowest();
          const Tensor finite = maximum(total, lowest, v.at);
          const Tensor below = subtract(v.input(0), finite, v.at);
          const Tensor is_all = equal(v.input(0), finite, v.at);
          const Tensor share = exp(select(is_all, 0.0, below, v.at), v.at);
          v.set(0, zero_or_product(reduction::kept(v.cotangent, from, mask, v.at), share, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{4}).value; },
    .workspace_bytes =
        [](std::span<const Operand>, const Operand& output, const Attributes&) {
          return multiply(output.shape.elements(), Dim{bytes_per_element(output.dtype)}).value;
        },
    .samples = samples::of_kept_axes,
    .kernels = &Kernels<LogSumExpKernel>::table,
    .doc = {"f[S] -> f[S without axes]", "4 per element of the operand"}};

/// Returns log(sum(exp(x))) over `axes` (all by default), stable for any x. T in f32, f64.
[[nodiscard]] constexpr Tensor logsumexp(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                         Location at = Location::current()) {
  return graph_of(x, logsumexp_op, at)
      .append(logsumexp_op, {x}, reduction::attributes(x.shape(), axes, keep), at);
}

FOREGRAPH_REGISTER_KERNEL(logsumexp_op, LogSumExpKernel)

}  // namespace foregraph
