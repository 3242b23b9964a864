#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind k_is_out_of_range{
    "k is below 1 or above the size of the axis",
    "k from 1 to the size of the axis at every batch size"};
}  // namespace fault

/// top_k_indices: the positions along an axis of the k largest (or smallest) elements, the best
/// first, and the first among equals. NaN counts as larger than all numbers. T[S] -> i64[S with k
/// in the axis] for T in f32, f64, i32, i64. No gradient flows. The best so far are kept in a heap
/// stored in the result: O(n log k). Attributes: integers[0] is the axis, [1] is k, [2] is 1 for
/// the largest.
struct TopKIndicesKernel;

FOREGRAPH_EXPORT inline constexpr OpDef top_k_indices_op{
    .name = "top_k_indices",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
          if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
          const int axis = one_axis::of(attributes);
          const std::int64_t k = attributes.integers[1];
          if (k < 1 || k > in[0].shape[axis].at(1))
            return Inferred::failed(fault::k_is_out_of_range);
          Shape result = in[0].shape;
          result.set(axis, k);
          return Inferred{result, i64};
        },
    .vjp = zero_gradient,
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return in[0].shape.elements(); },
    .typed_by = 0,
    .kernels = &Kernels<TopKIndicesKernel>::table,
    .doc = {"T[S] -> i64[S with k in the axis]", "1 per element of the operand"}};

/// Returns the indices of the k largest elements along `axis`, or of the k smallest unless
/// `largest`, the best first. T[S] -> i64[S with k in the axis]. NaN counts as the largest.
[[nodiscard]] constexpr Tensor top_k_indices(Tensor x, std::int64_t k, int axis = -1,
                                             bool largest = true,
                                             Location at = Location::current()) {
  Attributes attributes = one_axis::attributes(axis, x.shape());
  attributes.integers[1] = k;
  attributes.integers[2] = largest ? 1 : 0;
  return graph_of(x, top_k_indices_op, at).append(top_k_indices_op, {x}, attributes, at);
}

/// The result of top_k().
struct TopK {
  Tensor values{};   ///< differentiable
  Tensor indices{};  ///< i64
};
/// Returns the k largest (or smallest) elements along an axis, the best first, and their indices.
[[nodiscard]] constexpr TopK top_k(Tensor x, std::int64_t k, int axis = -1, bool largest = true,
                                   Location at = Location::current()) {
  const Tensor indices = top_k_indices(x, k, axis, largest, at);
  const Tensor values = take_along_axis(x, indices, axis, at);
  return {values, indices};
}

FOREGRAPH_REGISTER_KERNEL(top_k_indices_op, TopKIndicesKernel)

}  // namespace foregraph
