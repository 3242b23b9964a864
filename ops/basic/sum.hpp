#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/reduction.hpp>

namespace foregraph {

/// sum: over some or all axes, which are removed or, with KeepDims::yes, kept with size 1. T[S] ->
/// T[S without axes] for T in f32, f64, i32, i64. Backward keeps nothing. Long sums are formed
/// pairwise; see kernels/basic/reduction.hpp. Attributes: integers[0] is the mask of axes,
/// integers[1] is 1 if dimensions are kept.
struct SumKernel;

FOREGRAPH_EXPORT inline constexpr OpDef sum_op{
    .name = "sum",
    .infer = reduction::infer,
    .vjp =
        [](Vjp& v) {
          const Shape from = v.input(0).shape();
          const Tensor kept = reduction::kept(v.cotangent, from, v.attributes.integers[0], v.at);
          v.set(0, broadcast_to(kept, from, v.at));
        },
    .flops = reduction::one_flop_per_operand_element,
    .samples = samples::of_a_sum,
    .simplify = reduction::without_axes_of_one,
    .is_sum = true,
    .kernels = &Kernels<SumKernel>::table,
    .doc = {"T[S] -> T[S without axes]", "1 per element of the operand"}};

/// Returns the sum over `axes` (all by default). T[S] -> T[S without the axes], or with size 1
/// there if `keep`.
[[nodiscard]] constexpr Tensor sum(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                   Location at = Location::current()) {
  return graph_of(x, sum_op, at)
      .append(sum_op, {x}, reduction::attributes(x.shape(), axes, keep), at);
}

FOREGRAPH_REGISTER_KERNEL(sum_op, SumKernel)

}  // namespace foregraph

#include <foregraph/detail/ops/basic/broadcast.hpp>
