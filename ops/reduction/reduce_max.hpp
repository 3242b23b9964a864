#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/divide.hpp>

namespace foregraph {

namespace reduction {
/// Sets the gradient of max and min: shared equally among the elements equal to the result, or
/// among the NaN elements if the result is NaN.
constexpr void share_among_ties(Vjp& v) {
  const Shape from = v.input(0).shape();
  const std::int64_t mask = v.attributes.integers[0];
  const Tensor extreme = kept(v.output, from, mask, v.at);
  const Tensor is_extreme = equal(v.input(0), extreme, v.at);
  const Tensor is_number = equal(v.input(0), v.input(0), v.at);
  const Tensor one = v.output.graph->constant(1, v.output.dtype(), v.at);
  const Tensor marks_nan = select(is_number, 0.0, one, v.at);
  const Tensor marks = select(is_extreme, one, marks_nan, v.at);
  Attributes attributes;
  attributes.integers = {mask, 1};
  const Tensor ties = v.output.graph->append(sum_op, {marks}, attributes, v.at);
  const Tensor share = divide(kept(v.cotangent, from, mask, v.at), ties, v.at);
  const Tensor share_of_nan = select(is_number, 0.0, share, v.at);
  v.set(0, select(is_extreme, share, share_of_nan, v.at));
}
}  // namespace reduction

/// reduce_max, reduce_min: the largest or smallest element over some or all axes; NaN if there is
/// one. T[S] -> T[S without axes] for T in f32, f64, i32, i64. The gradient goes to the elements
/// equal to the result, in equal shares, as in JAX. Backward keeps operand and result. Attributes:
/// integers[0] is the mask of axes, integers[1] is 1 if dimensions are kept.
struct ReduceMaxKernel;
struct ReduceMinKernel;

FOREGRAPH_EXPORT inline constexpr OpDef reduce_max_op{
    .name = "reduce_max",
    .infer = reduction::infer,
    .vjp = reduction::share_among_ties,
    .flops = reduction::one_flop_per_operand_element,
    .samples = samples::of_kept_axes,
    .simplify = reduction::without_axes_of_one,
    .kernels = &Kernels<ReduceMaxKernel>::table,
    .doc = {"T[S] -> T[S without axes]", "1 per element of the operand"}};

FOREGRAPH_EXPORT inline constexpr OpDef reduce_min_op{
    .name = "reduce_min",
    .infer = reduction::infer,
    .vjp = reduction::share_among_ties,
    .flops = reduction::one_flop_per_operand_element,
    .samples = samples::of_kept_axes,
    .simplify = reduction::without_axes_of_one,
    .kernels = &Kernels<ReduceMinKernel>::table,
    .doc = {"T[S] -> T[S without axes]", "1 per element of the operand"}};

/// Returns the largest element over `axes` (all by default); NaN if there is one. T[S] -> T[S
/// without the axes].
[[nodiscard]] constexpr Tensor reduce_max(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                          Location at = Location::current()) {
  return graph_of(x, reduce_max_op, at)
      .append(reduce_max_op, {x}, reduction::attributes(x.shape(), axes, keep), at);
}
/// Returns the smallest element; see reduce_max().
[[nodiscard]] constexpr Tensor reduce_min(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                          Location at = Location::current()) {
  return graph_of(x, reduce_min_op, at)
      .append(reduce_min_op, {x}, reduction::attributes(x.shape(), axes, keep), at);
}

FOREGRAPH_REGISTER_KERNEL(reduce_max_op, ReduceMaxKernel)
FOREGRAPH_REGISTER_KERNEL(reduce_min_op, ReduceMinKernel)

}  // namespace foregraph
