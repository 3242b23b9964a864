#pragma once

#include <limits>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind slice_is_out_of_range{
    "the slice is empty or reaches beyond the axis",
    "0 <= begin < end <= size; negative values count from the end of the axis"};
inline constexpr FaultKind slice_step_is_not_positive{"the slice's step is not positive",
                                                      "a step of at least 1; flip() reverses"};
inline constexpr FaultKind slice_of_the_batch{
    "a slice of an axis that depends on the batch",
    "the whole of such an axis with step 1; slice another axis"};
}  // namespace fault

/// Value of a slice's `end` that means the end of the axis.
inline constexpr std::int64_t to_the_end = std::numeric_limits<std::int64_t>::max();

/// slice: every `step`-th element from `begin` to before `end` along one axis. T[...,N,...] ->
/// T[...,ceil((end-begin)/step),...] for every T. Backward keeps nothing. Attributes of slice and
/// unslice: integers[0] is the axis, [1] + [2]*batch the begin, [3] + [4]*batch the size of the
/// result's axis, [5] the step.
struct SliceKernel;

/// unslice: zeros with x at the positions a slice would take; slice and unslice are each other's
/// transpose. T[...,n,...] -> T[...,N,...] for every T.
struct UnsliceKernel;

namespace detail {
[[nodiscard]] constexpr Attributes slice_attributes(int axis, Dim begin, Dim size,
                                                    std::int64_t step) {
  Attributes result;
  result.integers = {axis, begin.constant, begin.per_sample, size.constant, size.per_sample, step};
  return result;
}
/// Returns the fault in taking `count` elements of an axis of size `whole`, or null.
[[nodiscard]] constexpr const FaultKind* slice_fault(Dim whole, Dim count, const Attributes& a) {
  const Dim begin{a.integers[1], a.integers[2]};
  const std::int64_t step = a.integers[5];
  if (step < 1) return &fault::slice_step_is_not_positive;
  if (step != 1 && !(whole.is_constant() && count.is_constant())) return &fault::slice_of_the_batch;
  const std::int64_t left = whole.per_sample - begin.per_sample - count.per_sample;
  if (begin.constant < 0 || begin.per_sample < 0 || count.at(1) < 1 || left < 0)
    return &fault::slice_is_out_of_range;
  // Check the last element taken, in a batch of one sample. Sizes can only come near overflow if
  // the range is out of bounds in the first place.
  const std::int64_t size = whole.at(1);
  if (count.at(1) > size || begin.at(1) >= size ||
      (count.at(1) - 1) > (size - 1 - begin.at(1)) / step)
    return &fault::slice_is_out_of_range;
  return nullptr;
}
constexpr Tensor slice_range(Tensor x, int axis, Dim begin, Dim size, std::int64_t step,
                             Location at);
constexpr Tensor unslice(Tensor x, int axis, Dim begin, Dim size, std::int64_t step, Location at);
}  // namespace detail

namespace detail {
constexpr Inferred slice_infer(std::span<const Operand> in, const Attributes& attributes) {
  const auto axis = static_cast<int>(attributes.integers[0]);
  const Dim count{attributes.integers[3], attributes.integers[4]};
  if (axis < 0 || axis >= in[0].shape.rank) return Inferred::failed(fault::axis_is_out_of_range);
  if (const FaultKind* bad = slice_fault(in[0].shape[axis], count, attributes))
    return Inferred::failed(*bad);
  Shape result = in[0].shape;
  result.set(axis, count);
  return Inferred{result, in[0].dtype};
}
constexpr void slice_vjp(Vjp& v) {
  const auto& a = v.attributes.integers;
  const auto axis = static_cast<int>(a[0]);
  v.set(0, unslice(v.cotangent, axis, {a[1], a[2]}, v.input(0).shape()[axis], a[5], v.at));
}

/// Offset of a slice in its operand, in bytes. `is_view` is true if kernels can read the slice in
/// place: contiguous bytes starting at a multiple of 64 for every batch.
struct SliceBegin {
  bool is_view = false;
  Dim bytes{};
};
[[nodiscard]] constexpr SliceBegin slice_begin(const Operand& in, const Attributes& attributes) {
  const auto axis = static_cast<int>(attributes.integers[0]);
  if (attributes.integers[5] != 1) return {};
  for (int i = 0; i < axis; ++i)
    if (!in.shape[i].is_one()) return {};
  Product inner{Dim{bytes_per_element(in.dtype)}};
  for (int i = axis + 1; i < in.shape.rank; ++i) {
    inner = multiply(inner.value, in.shape[i]);
    if (inner.fault != SizeFault::none) return {};
  }
  const Product begin = multiply(Dim{attributes.integers[1], attributes.integers[2]}, inner.value);
  if (begin.fault != SizeFault::none || begin.value.constant % 64 != 0 ||
      begin.value.per_sample % 64 != 0)
    return {};
  return {true, begin.value};
}
}  // namespace detail

/// slice_view: a slice along the first axis (ignoring axes of size 1) that begins at a multiple of
/// 64 bytes. A view: it costs no memory and no time. slice() becomes a slice_view where possible.
/// Attributes: those of slice.
FOREGRAPH_EXPORT inline constexpr OpDef slice_view_op{
    .name = "slice_view",
    .kind = OpKind::view,
    .infer = detail::slice_infer,
    .vjp = detail::slice_vjp,
    .flops = detail::no_flops,
    .view_offset =
        [](const Operand& in, const Attributes& attributes) {
          return detail::slice_begin(in, attributes).bytes;
        },
    .samples = samples::of_other_axes,
    .doc = {"T[N,...] -> T[n,...]", "none"}};

FOREGRAPH_EXPORT inline constexpr OpDef slice_op{
    .name = "slice",
    .infer = detail::slice_infer,
    .vjp = detail::slice_vjp,
    .flops = detail::no_flops,
    .samples = samples::of_other_axes,
    .simplify =
        [](Tensor t) {
          Graph& g = *t.graph;
          const Tensor inner{t.graph, g.inputs_of(t.id)[0]};
          if (inner.shape() == t.shape()) return inner;
          const Attributes attributes = g.node(t.id).attributes;
          const Operand from{inner.shape(), inner.dtype()};
          if (!detail::slice_begin(from, attributes).is_view) return t;
          const Location at = g.node(t.id).at;
          return g.append(slice_view_op, {inner}, attributes, at);
        },
    .kernels = &Kernels<SliceKernel>::table,
    .doc = {"T[...,N,...] -> T[...,n,...]", "none"}};

FOREGRAPH_EXPORT inline constexpr OpDef unslice_op{
    .name = "unslice",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto axis = static_cast<int>(attributes.integers[0]);
          const Dim whole{attributes.integers[3], attributes.integers[4]};
          if (axis < 0 || axis >= in[0].shape.rank)
            return Inferred::failed(fault::axis_is_out_of_range);
          if (const FaultKind* bad = detail::slice_fault(whole, in[0].shape[axis], attributes))
            return Inferred::failed(*bad);
          Shape result = in[0].shape;
          result.set(axis, whole);
          return Inferred{result, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const auto& a = v.attributes.integers;
          const auto axis = static_cast<int>(a[0]);
          v.set(0, detail::slice_range(v.cotangent, axis, {a[1], a[2]}, v.input(0).shape()[axis],
                                       a[5], v.at));
        },
    .flops = detail::no_flops,
    .simplify =
        [](Tensor t) {
          const Tensor inner{t.graph, t.graph->inputs_of(t.id)[0]};
          return inner.shape() == t.shape() ? inner : t;
        },
    .kernels = &Kernels<UnsliceKernel>::table,
    .doc = {"T[...,n,...] -> T[...,N,...]", "none"}};

namespace detail {
/// Appends slice() with a begin and a number of elements that may depend on the batch.
constexpr Tensor slice_range(Tensor x, int axis, Dim begin, Dim size, std::int64_t step,
                             Location at) {
  return graph_of(x, slice_op, at)
      .append(slice_op, {x}, slice_attributes(axis, begin, size, step), at);
}
/// Appends unslice; `size` is the size of the result's axis.
constexpr Tensor unslice(Tensor x, int axis, Dim begin, Dim size, std::int64_t step, Location at) {
  return graph_of(x, unslice_op, at)
      .append(unslice_op, {x}, slice_attributes(axis, begin, size, step), at);
}
}  // namespace detail

/// Returns a slice of x. Negative `begin` and `end` count from the end of the axis. An axis that
/// depends on the batch can only be taken whole.
[[nodiscard]] constexpr Tensor slice(Tensor x, int axis, std::int64_t begin,
                                     std::int64_t end = to_the_end, std::int64_t step = 1,
                                     Location at = Location::current()) {
  Graph& g = graph_of(x, slice_op, at);
  const Operand self{x.shape(), x.dtype()};
  const int front = detail::axis_from_front(axis, x.shape().rank);
  if (front < 0) return g.fail(fault::axis_is_out_of_range, &slice_op, at, {&self, 1});
  if (step < 1) return g.fail(fault::slice_step_is_not_positive, &slice_op, at, {&self, 1});
  const Dim size = x.shape()[front];
  if (!size.is_constant()) {
    if (begin != 0 || end != to_the_end || step != 1)
      return g.fail(fault::slice_of_the_batch, &slice_op, at, {&self, 1});
    return detail::slice_range(x, front, 0, size, 1, at);
  }
  if (end == to_the_end) end = size.constant;
  if (begin < 0) begin += size.constant;
  if (end < 0) end += size.constant;
  if (begin < 0 || end > size.constant || begin >= end)
    return g.fail(fault::slice_is_out_of_range, &slice_op, at, {&self, 1});
  return detail::slice_range(x, front, begin, (end - begin - 1) / step + 1, step, at);
}

/// The range of one axis in a slice along several axes.
struct SliceRange {
  /// The axis; negative ones count from the back.
  int axis = 0;
  /// First element.
  std::int64_t begin = 0;
  /// The element behind the last one.
  std::int64_t end = to_the_end;
  /// Distance of two elements, at least 1.
  std::int64_t step = 1;
};
/// Applies several slices in order: `slice(x, {{0, 1, 3}, {-1, 0, to_the_end, 2}})`.
[[nodiscard]] constexpr Tensor slice(Tensor x, std::span<const SliceRange> ranges,
                                     Location at = Location::current()) {
  for (const SliceRange& r : ranges) x = slice(x, r.axis, r.begin, r.end, r.step, at);
  return x;
}
/// Applies the slices given in braces, in order.
[[nodiscard]] constexpr Tensor slice(Tensor x, std::initializer_list<SliceRange> ranges,
                                     Location at = Location::current()) {
  return slice(x, std::span<const SliceRange>{ranges.begin(), ranges.size()}, at);
}

FOREGRAPH_REGISTER_OP(slice_view_op)
FOREGRAPH_REGISTER_KERNEL(slice_op, SliceKernel)
FOREGRAPH_REGISTER_KERNEL(unslice_op, UnsliceKernel)

}  // namespace foregraph
