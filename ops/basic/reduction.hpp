#pragma once

#include <array>
#include <initializer_list>
#include <utility>

#include <foregraph/detail/ops/basic/elementwise.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>

namespace foregraph {

/// A set of axes: `{0, -1}`, a std::vector or std::array of them, or `{}` for all axes. An empty
/// container means no axes.
struct Axes {
  /// The axes; negative ones count from the back.
  std::array<int, Shape::max_rank> list{};
  /// How many there are.
  int count = 0;
  /// True if all axes are meant.
  bool all = true;
  bool is_wrong = false;  ///< too many axes, or one out of range for every rank

  constexpr Axes() = default;
  /// Takes axes in braces, as {0, -1}.
  constexpr Axes(std::initializer_list<int> axes) : all(false) {
    for (const int axis : axes) add(axis);
  }
  /// Takes a std::vector, std::array or std::span of integers.
  template <IntegerList List>
  constexpr Axes(const List& axes) : all(false) {  // NOLINT: as braces
    for (std::size_t i = 0; i < axes.size(); ++i)
      add(std::in_range<int>(axes.data()[i]) ? static_cast<int>(axes.data()[i]) : Shape::max_rank);
  }
  /// Adds an axis.
  constexpr void add(int axis) {
    is_wrong =
        is_wrong || count == Shape::max_rank || axis < -Shape::max_rank || axis >= Shape::max_rank;
    if (!is_wrong) list[static_cast<std::size_t>(count++)] = axis;
  }
  /// Returns one bit per axis of a shape of that rank; -1 if an axis is out of range or given
  /// twice.
  [[nodiscard]] constexpr std::int64_t mask(int rank) const {
    if (is_wrong) return -1;
    if (all) return (std::int64_t{1} << rank) - 1;
    std::int64_t bits = 0;
    for (int i = 0; i < count; ++i) {
      const int axis = list[static_cast<std::size_t>(i)];
      const int from_front = axis < 0 ? axis + rank : axis;
      if (from_front < 0 || from_front >= rank || ((bits >> from_front) & 1) != 0) return -1;
      bits |= std::int64_t{1} << from_front;
    }
    return bits;
  }
};

/// Whether reduced dimensions stay, with size 1.
enum class KeepDims : bool { no, yes };

/// Graph-level parts shared by all reductions. Attributes of a reduction: integers[0] is the mask
/// of axes, integers[1] is 1 if dimensions are kept. Their kernels share
/// kernels/basic/reduction.hpp.
namespace reduction {

[[nodiscard]] constexpr Attributes attributes(const Shape& shape, Axes axes, KeepDims keep) {
  Attributes result;
  result.integers[0] = axes.mask(shape.rank);
  result.integers[1] = keep == KeepDims::yes ? 1 : 0;
  return result;
}

/// Returns `shape` without the axes of `mask`, or with size 1 there if `keep`.
[[nodiscard]] constexpr Shape reduced_shape(const Shape& shape, std::int64_t mask, bool keep) {
  Shape result;
  for (int i = 0; i < shape.rank; ++i) {
    if (((mask >> i) & 1) == 0)
      result.push_back(shape[i]);
    else if (keep)
      result.push_back(1);
  }
  return result;
}
/// Returns the dimensions of the axes of `mask`: their product is the number of elements reduced to
/// one.
[[nodiscard]] constexpr Shape axes_of(const Shape& shape, std::int64_t mask) {
  Shape result;
  for (int i = 0; i < shape.rank; ++i)
    if (mask >= 0 && ((mask >> i) & 1) != 0) result.push_back(shape[i]);
  return result;
}

/// Shape rule for operand 0 of any dtype but bool.
constexpr Inferred infer(std::span<const Operand> in, const Attributes& attributes) {
  if (in[0].dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
  if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
  return {reduced_shape(in[0].shape, attributes.integers[0], attributes.integers[1] != 0),
          in[0].dtype};
}
constexpr Inferred infer_floating(std::span<const Operand> in, const Attributes& attributes) {
  if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  return infer(in, attributes);
}

constexpr Dim one_flop_per_operand_element(std::span<const Operand> in, const Operand&,
                                           const Attributes&) {
  return in[0].shape.elements();
}

/// Simplifies reductions that do nothing over axes of size 1, to a reshape or the operand itself.
constexpr Tensor without_axes_of_one(Tensor t) {
  const Tensor from = elementwise::operand(t, 0);
  const auto mask = t.graph->node(t.id).attributes.integers[0];
  for (int i = 0; i < from.shape().rank; ++i)
    if (((mask >> i) & 1) != 0 && !from.shape()[i].is_one()) return t;
  return from.shape() == t.shape() ? from : reshape(from, t.shape(), t.graph->node(t.id).at);
}

/// Returns `t`, which has the reduction's result shape, with the reduced axes restored as size 1,
/// so that it broadcasts against the operand.
[[nodiscard]] constexpr Tensor kept(Tensor t, const Shape& from, std::int64_t mask, Location at) {
  return reshape(t, reduced_shape(from, mask, true), at);
}

}  // namespace reduction
}  // namespace foregraph
