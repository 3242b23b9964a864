#pragma once

#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>
#include <foregraph/detail/ops/shape/squeeze.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind concat_shapes_differ{
    "shapes differ outside the concatenation axis",
    "tensors of the same rank whose other axes are equal"};
inline constexpr FaultKind split_does_not_divide{
    "the axis cannot be split into that many equal parts",
    "a positive number of parts that divides a constant axis; or split(x, {sizes...}, axis)"};
inline constexpr FaultKind split_sizes_do_not_sum_up{
    "the sizes of the parts do not add up to the size of the axis",
    "positive sizes whose sum is the size of the axis, which must not depend on the batch"};
}  // namespace fault

/// concat: joins any number of tensors along an axis. T[...,Ni,...]... -> T[...,sum Ni,...] for
/// every T; sizes along the axis may depend on the batch. Backward keeps nothing. Attributes:
/// integers[0] is the axis, integers[1] the number of operands.
struct ConcatKernel;

namespace detail {
/// Returns the fault that prevents joining `other` to `first`, or null.
[[nodiscard]] constexpr const FaultKind* concat_fault(const Operand& first, const Operand& other,
                                                      std::int64_t axis) {
  if (other.dtype != first.dtype) return &fault::dtypes_differ;
  if (other.shape.rank != first.shape.rank) return &fault::concat_shapes_differ;
  for (int i = 0; i < first.shape.rank; ++i)
    if (i != axis && other.shape[i] != first.shape[i]) return &fault::concat_shapes_differ;
  return nullptr;
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef concat_op{
    .name = "concat",
    .arity = -1,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto axis = static_cast<int>(attributes.integers[0]);
          if (axis < 0 || axis >= in[0].shape.rank)
            return Inferred::failed(fault::axis_is_out_of_range);
          Shape result = in[0].shape;
          for (std::size_t i = 1; i < in.size(); ++i) {
            if (const FaultKind* bad = detail::concat_fault(in[0], in[i], axis))
              return Inferred::failed(*bad);
            result.set(axis, result[axis] + in[i].shape[axis]);
          }
          return Inferred{result, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const auto axis = static_cast<int>(v.attributes.integers[0]);
          Dim begin = 0;
          for (int i = 0; i < static_cast<int>(v.inputs().size()); ++i) {
            const Dim size = v.input(i).shape()[axis];
            if (v.wants(i)) v.set(i, detail::slice_range(v.cotangent, axis, begin, size, 1, v.at));
            begin = begin + size;
          }
        },
    .flops = detail::no_flops,
    .samples = samples::of_other_axes,
    .simplify =
        [](Tensor t) {
          const auto inputs = t.graph->inputs_of(t.id);
          return inputs.size() == 1 ? Tensor{t.graph, inputs[0]} : t;
        },
    .kernels = &Kernels<ConcatKernel>::table,
    .doc = {"T[...,Ni,...]... -> T[...,sum Ni,...]", "none"}};

/// Joins tensors along `axis`; their other sizes must be equal. T[...,A,...], T[...,B,...] ->
/// T[...,A+B,...].
[[nodiscard]] constexpr Tensor concat(std::span<const Tensor> tensors, int axis,
                                      Location at = Location::current()) {
  Graph& g = graph_of(tensors.empty() ? Tensor{} : tensors[0], concat_op, at);
  const Operand first{tensors[0].shape(), tensors[0].dtype()};
  Attributes attributes;
  attributes.integers[0] = detail::axis_from_front(axis, first.shape.rank);
  attributes.integers[1] = static_cast<std::int64_t>(tensors.size());
  if (attributes.integers[0] >= 0)
    for (const Tensor& t : tensors) {  // so that the message shows the two that differ
      const std::array<Operand, 2> both{{first, {t.shape(), t.dtype()}}};
      if (const FaultKind* bad = detail::concat_fault(both[0], both[1], attributes.integers[0]))
        return g.fail(t.graph == &g ? *bad : fault::operand_is_of_another_graph, &concat_op, at,
                      both);
    }
  return g.append(concat_op, tensors, attributes, at);
}
/// Joins tensors in braces, as `concat({a, b}, 1)`.
[[nodiscard]] constexpr Tensor concat(std::initializer_list<Tensor> tensors, int axis,
                                      Location at = Location::current()) {
  return concat(std::span<const Tensor>{tensors.begin(), tensors.size()}, axis, at);
}

/// stack: joins tensors of one shape along a new axis `axis` of the result. T[S]... -> T[S with the
/// number of tensors at axis].
[[nodiscard]] constexpr Tensor stack(std::span<const Tensor> tensors, int axis = 0,
                                     Location at = Location::current()) {
  DynamicArray<Tensor> rows;
  for (const Tensor& t : tensors) rows.push_back(unsqueeze(t, axis, at));
  const std::span<const Tensor> all{rows.data(), rows.size()};
  Graph& g = graph_of(all.empty() ? Tensor{} : all[0], concat_op, at);
  for (const Tensor& t : tensors)
    if (t.graph == &g && t.shape() != tensors[0].shape()) {
      const std::array<Operand, 2> both{
          {{tensors[0].shape(), tensors[0].dtype()}, {t.shape(), t.dtype()}}};
      return g.fail(fault::shapes_differ, &concat_op, at, both);
    }
  return concat(all, detail::axis_from_front(axis, tensors[0].shape().rank + 1), at);
}
/// Joins tensors of one shape along a new axis. n times T[S] -> T[...,n,...].
[[nodiscard]] constexpr Tensor stack(std::initializer_list<Tensor> tensors, int axis = 0,
                                     Location at = Location::current()) {
  return stack(std::span<const Tensor>{tensors.begin(), tensors.size()}, axis, at);
}

/// split: splits x into parts of the given sizes along an axis that does not depend on the batch.
[[nodiscard]] constexpr std::vector<Tensor> split(Tensor x, std::span<const std::int64_t> sizes,
                                                  int axis, Location at = Location::current()) {
  Graph& g = graph_of(x, slice_op, at);
  const Operand self{x.shape(), x.dtype()};
  const int front = detail::axis_from_front(axis, self.shape.rank);
  std::int64_t left = front < 0 ? 0 : self.shape[front].constant;
  bool ok = front >= 0 && self.shape[front].is_constant();
  for (const std::int64_t size : sizes) {
    ok = ok && size >= 1 && size <= left;
    left -= ok ? size : 0;
  }
  if (!ok || left != 0) {
    const auto& kind = front < 0 ? fault::axis_is_out_of_range : fault::split_sizes_do_not_sum_up;
    const Tensor none = g.fail(kind, &slice_op, at, {&self, 1});
    return std::vector<Tensor>(sizes.empty() ? 1 : sizes.size(), none);
  }
  std::vector<Tensor> parts;
  std::int64_t begin = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(detail::slice_range(x, front, begin, size, 1, at));
    begin += size;
  }
  return parts;
}
/// Divides x along `axis` into parts of the given sizes, which must add up to its size.
[[nodiscard]] constexpr std::vector<Tensor> split(Tensor x,
                                                  std::initializer_list<std::int64_t> sizes,
                                                  int axis, Location at = Location::current()) {
  return split(x, std::span<const std::int64_t>{sizes.begin(), sizes.size()}, axis, at);
}
/// Splits by sizes in a container of other integers.
template <IntegerList List>
requires(!std::is_convertible_v<const List&, std::span<const std::int64_t>>)  //
    [[nodiscard]] constexpr std::vector<Tensor> split(Tensor x, const List& sizes, int axis,
                                                      Location at = Location::current()) {
  DynamicArray<std::int64_t> as_int64;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    as_int64.push_back(std::in_range<std::int64_t>(sizes.data()[i])
                           ? static_cast<std::int64_t>(sizes.data()[i])
                           : 0);
  return split(x, std::span<const std::int64_t>{as_int64.data(), as_int64.size()}, axis, at);
}
/// Splits into equal parts.
[[nodiscard]] constexpr std::vector<Tensor> split(Tensor x, int parts, int axis,
                                                  Location at = Location::current()) {
  Graph& g = graph_of(x, slice_op, at);
  const Operand self{x.shape(), x.dtype()};
  const int front = detail::axis_from_front(axis, self.shape.rank);
  const Dim size = self.shape[front < 0 ? Shape::max_rank : front];
  const auto count = static_cast<std::size_t>(parts < 1 ? 1 : parts);
  if (front < 0 || parts < 1 || !size.is_constant() || size.constant % parts != 0) {
    const auto& kind = front < 0 ? fault::axis_is_out_of_range : fault::split_does_not_divide;
    return std::vector<Tensor>(count, g.fail(kind, &slice_op, at, {&self, 1}));
  }
  const DynamicArray<std::int64_t> sizes(count, size.constant / parts);
  return split(x, std::span<const std::int64_t>{sizes.data(), sizes.size()}, front, at);
}

FOREGRAPH_REGISTER_KERNEL(concat_op, ConcatKernel)

}  // namespace foregraph
