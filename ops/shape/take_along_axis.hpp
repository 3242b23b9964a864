#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>
#include <foregraph/detail/ops/basic/one_axis.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind indices_do_not_follow_the_tensor{
    "the indices do not match the tensor",
    "i32 or i64 indices with the tensor's shape except along that axis"};
}  // namespace fault

namespace detail {
/// Returns true if `indices` are integers with the shape `of` except in `axis`.
constexpr bool follows(const Operand& indices, const Shape& of, int axis) {
  if (indices.dtype != i32 && indices.dtype != i64) return false;
  if (indices.shape.rank != of.rank) return false;
  for (int i = 0; i < of.rank; ++i)
    if (i != axis && indices.shape[i] != of[i]) return false;
  return true;
}
}  // namespace detail

/// take_along_axis: y[..., i, ...] = x[..., indices[..., i, ...], ...] along an axis. T[S], i[S']
/// -> T[S'] for every T, i in i32, i64, where S' equals S except in that axis. An index out of
/// range throws IndexError when the step runs; it names the position among all indices. Backward
/// keeps the indices. Attributes: integers[0] is the axis, [1] is 1 if indices
/// are i64.
struct TakeAlongAxisKernel;

/// scatter_add_along_axis: y = 0, then y[..., indices[..., i, ...], ...] += x[..., i, ...] along an
/// axis: the transpose of take_along_axis. T[S'], i[S'] -> T[S] for T in f32, f64, i32, i64. An
/// index out of range throws IndexError. Backward keeps the indices. Attributes: integers[0] is the
/// axis, [1] is 1 if indices are i64; shape is S.
struct ScatterAddAlongAxisKernel;

constexpr Tensor take_along_axis(Tensor x, Tensor indices, int axis = -1,
                                 Location at = Location::current());
/// Appends scatter_add_along_axis; `size` is the size of the result's axis.
constexpr Tensor scatter_add_along_axis(Tensor x, Tensor indices, int axis, Dim size,
                                        Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef take_along_axis_op{
    .name = "take_along_axis",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
          if (!detail::follows(in[1], in[0].shape, one_axis::of(attributes)))
            return Inferred::failed(fault::indices_do_not_follow_the_tensor);
          return Inferred{in[1].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const int axis = one_axis::of(v.attributes);
          const Dim size = v.input(0).shape()[axis];
          if (v.wants(0))
            v.set(0, scatter_add_along_axis(v.cotangent, v.input(1), axis, size, v.at));
        },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .samples = samples::of_other_axes,
    .typed_by = 0,
    .kernels = &Kernels<TakeAlongAxisKernel>::table,
    .doc = {"T[S], i[S'] -> T[S']", "none"}};

FOREGRAPH_EXPORT inline constexpr OpDef scatter_add_along_axis_op{
    .name = "scatter_add_along_axis",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
          if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
          if (in[0].shape != in[1].shape ||
              !detail::follows(in[1], attributes.shape, one_axis::of(attributes)))
            return Inferred::failed(fault::indices_do_not_follow_the_tensor);
          return Inferred{attributes.shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          if (v.wants(0))
            v.set(0, take_along_axis(v.cotangent, v.input(1), one_axis::of(v.attributes), v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return in[0].shape.elements(); },
    .typed_by = 0,
    .kernels = &Kernels<ScatterAddAlongAxisKernel>::table,
    .doc = {"T[S'], i[S'] -> T[S]", "1 per element of the operand"}};

/// Returns x[..., indices[...], ...] along `axis`: T[S], i[S'] -> T[S'], where S' equals S except
/// in that axis. An index outside [0, N) throws IndexError when the step runs.
[[nodiscard]] constexpr Tensor take_along_axis(Tensor x, Tensor indices, int axis, Location at) {
  Attributes attributes = one_axis::attributes(axis, x.shape());
  attributes.integers[1] = indices.dtype() == i64 ? 1 : 0;
  return graph_of(x, take_along_axis_op, at)
      .append(take_along_axis_op, {x, indices}, attributes, at);
}
[[nodiscard]] constexpr Tensor scatter_add_along_axis(Tensor x, Tensor indices, int axis, Dim size,
                                                      Location at) {
  Attributes attributes = one_axis::attributes(axis, x.shape());
  attributes.integers[1] = indices.dtype() == i64 ? 1 : 0;
  attributes.shape = x.shape();
  if (attributes.integers[0] >= 0) attributes.shape.set(one_axis::of(attributes), size);
  return graph_of(x, scatter_add_along_axis_op, at)
      .append(scatter_add_along_axis_op, {x, indices}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(take_along_axis_op, TakeAlongAxisKernel)
FOREGRAPH_REGISTER_KERNEL(scatter_add_along_axis_op, ScatterAddAlongAxisKernel)

}  // namespace foregraph
