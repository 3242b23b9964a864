#pragma once

#include <string_view>
#include <vector>

#include <foregraph/detail/onnx/import/rule.hpp>
#include <foregraph/detail/ops/basic/reduction.hpp>

/// What the lists of rules share. One list for each kind of op; rules.cpp joins them.
namespace foregraph::onnx {

using Rules = std::vector<Rule>;
[[nodiscard]] Rules elementwise_rules();
[[nodiscard]] Rules shape_rules();
[[nodiscard]] Rules moving_rules();
[[nodiscard]] Rules indexing_rules();
[[nodiscard]] Rules scatter_rules();
[[nodiscard]] Rules sampling_rules();
[[nodiscard]] Rules reduction_rules();
[[nodiscard]] Rules network_rules();
[[nodiscard]] Rules normalisation_rules();
[[nodiscard]] Rules einsum_rules();
[[nodiscard]] Rules loss_rules();
[[nodiscard]] Rules convolution_rules();
[[nodiscard]] Rules pooling_rules();
[[nodiscard]] Rules resize_rules();
[[nodiscard]] Rules recurrent_rules();
[[nodiscard]] Rules random_rules();

/// Returns a number of elements in rows of `n`. Throws Unsupported if rows do not divide it.
[[nodiscard]] Dim divided(Dim elements, std::int64_t n);
/// Returns the axes of a list, in a tensor of the operand's order; all axes if the list is empty.
[[nodiscard]] Axes axes_in(const Order& order, const std::vector<std::int64_t>& list);
/// Returns indices that may be negative in ONNX, counted from the front.
[[nodiscard]] Tensor counted_from_front(Tensor indices, Dim size);
/// Returns the dtype for an ONNX number of a type, such as Cast's `to`.
[[nodiscard]] DType dtype_of(std::int64_t type);
/// Returns x with its axes reordered; x itself if they are in place.
[[nodiscard]] Tensor permuted(Tensor x, const std::vector<int>& axes);
/// Gives the result of an op that treats all elements alike: in the order of operand `i`.
void give_like(Op& o, int i, Tensor result);

}  // namespace foregraph::onnx
