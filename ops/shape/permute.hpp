#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind axes_are_no_permutation{
    "the axes are not a permutation of the tensor's axes",
    "each axis of the tensor exactly once, from -rank to rank-1"};
}  // namespace fault

/// permute: reorders axes; axis i of the result is axis axes[i] of x. T[S] -> T[S permuted] for
/// every T. Backward keeps nothing. A permutation that only moves axes of size 1 becomes a reshape,
/// and a swap of the last two axes a transpose, which a matmul can absorb. Attributes: integers[i]
/// is axes[i], counted from the front; integers[6] is the number of axes, -1 if they are not a
/// permutation.
struct PermuteKernel;

constexpr Tensor permute(Tensor x, std::span<const int> axes, Location at = Location::current());

namespace detail {
[[nodiscard]] constexpr int permuted_axis(const Attributes& attributes, int i) {
  return static_cast<int>(attributes.integers[static_cast<std::size_t>(i)]);
}
constexpr Tensor simpler_permute(Tensor t);
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef permute_op{
    .name = "permute",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const Shape& shape = in[0].shape;
          if (attributes.integers[6] != shape.rank)
            return Inferred::failed(fault::axes_are_no_permutation);
          Shape result;
          for (int i = 0; i < shape.rank; ++i)
            result.push_back(shape[detail::permuted_axis(attributes, i)]);
          return Inferred{result, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const int rank = v.output.shape().rank;
          std::array<int, Shape::max_rank> inverse{};
          for (int i = 0; i < rank; ++i)
            inverse[static_cast<std::size_t>(detail::permuted_axis(v.attributes, i))] = i;
          v.set(0, permute(v.cotangent, {inverse.data(), static_cast<std::size_t>(rank)}, v.at));
        },
    .flops = detail::no_flops,
    .samples = samples::of_every_axis,
    .simplify = [](Tensor t) { return detail::simpler_permute(t); },
    .kernels = &Kernels<PermuteKernel>::table,
    .doc = {"T[S] -> T[S permuted]", "none"}};

/// Permutes the axes: axis i of the result is axis axes[i] of x. T[S] -> T[S'].
[[nodiscard]] constexpr Tensor permute(Tensor x, std::span<const int> axes, Location at) {
  Attributes attributes;
  const int rank = x.shape().rank;
  bool ok = axes.size() == static_cast<std::size_t>(rank);
  unsigned seen = 0;
  for (std::size_t i = 0; ok && i < axes.size(); ++i) {
    const int axis = detail::axis_from_front(axes[i], rank);
    ok = axis >= 0 && ((seen >> axis) & 1U) == 0;
    if (ok) seen |= 1U << axis;
    attributes.integers[i] = axis;
  }
  attributes.integers[6] = ok ? rank : -1;
  return graph_of(x, permute_op, at).append(permute_op, {x}, attributes, at);
}
/// Permutes the axes, given in braces.
[[nodiscard]] constexpr Tensor permute(Tensor x, std::initializer_list<int> axes,
                                       Location at = Location::current()) {
  return permute(x, std::span<const int>{axes.begin(), axes.size()}, at);
}
/// Permutes by axes in a container of other integers.
template <IntegerList List>
requires(!std::is_convertible_v<const List&, std::span<const int>>)  //
    [[nodiscard]] constexpr Tensor
    permute(Tensor x, const List& axes, Location at = Location::current()) {
  DynamicArray<int> as_int;
  for (std::size_t i = 0; i < axes.size(); ++i)
    as_int.push_back(std::in_range<int>(axes.data()[i]) ? static_cast<int>(axes.data()[i])
                                                        : Shape::max_rank);
  return permute(x, std::span<const int>{as_int.data(), as_int.size()}, at);
}

namespace detail {
constexpr Tensor simpler_permute(Tensor t) {
  Graph& g = *t.graph;
  const Attributes attributes = g.node(t.id).attributes;
  const Location at = g.node(t.id).at;
  const int rank = t.shape().rank;
  const Tensor inner{&g, g.inputs_of(t.id)[0]};

  const bool of_permute = g.node(inner.id).op == &permute_op;
  if (of_permute || g.node(inner.id).op == &transpose_op) {
    const Attributes before = g.node(inner.id).attributes;
    std::array<int, Shape::max_rank> axes{};
    for (int i = 0; i < rank; ++i) {
      const int axis = permuted_axis(attributes, i);
      axes[static_cast<std::size_t>(i)] = of_permute        ? permuted_axis(before, axis)
                                          : axis < rank - 2 ? axis
                                                            : 2 * rank - 3 - axis;
    }
    const Tensor from{&g, g.inputs_of(inner.id)[0]};
    return permute(from, {axes.data(), static_cast<std::size_t>(rank)}, at);
  }
  bool in_order = true;  // except for axes of size 1
  bool is_transpose = rank >= 2;
  int previous = -1;
  for (int i = 0; i < rank; ++i) {
    const int axis = permuted_axis(attributes, i);
    is_transpose = is_transpose && axis == (i < rank - 2 ? i : 2 * rank - 3 - i);
    if (t.shape()[i].is_one()) continue;
    in_order = in_order && axis > previous;
    previous = axis;
  }
  if (in_order) return t.shape() == inner.shape() ? inner : reshape(inner, t.shape(), at);
  return is_transpose ? transpose(inner, at) : t;
}
}  // namespace detail

FOREGRAPH_REGISTER_KERNEL(permute_op, PermuteKernel)

}  // namespace foregraph
