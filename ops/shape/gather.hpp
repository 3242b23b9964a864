#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind indices_must_be_integers{"the indices are not integers",
                                                    "indices of dtype i32 or i64"};
inline constexpr FaultKind updates_do_not_match_the_indices{
    "the updates do not match the indices",
    "updates whose shape has the axes of the indices in place of the indexed axis"};
}  // namespace fault

/// gather: out[..., s..., ...] = x[..., indices[s...], ...], like NumPy's take along one axis; with
/// axis 0 the lookup of an embedding. T[...,N,...], i[S] -> T[...,S...,...] for every T, i in i32,
/// i64. An index outside [0, N) throws IndexError when the step runs. Backward keeps the indices.
/// Attributes of gather and scatter_add: integers[0] is the axis, [1] is 1 if indices are i64; of
/// scatter_add: [2] + [3]*batch is the size of the result's axis; of gather: lookups with different
/// [4] are not merged.
struct GatherKernel;

/// scatter_add: zeros, with updates[..., s..., ...] added at [..., indices[s...], ...] in the order
/// of the indices; the transpose of gather. i[S], T[...,S...,...] -> T[...,N,...] for T in f32,
/// f64, i32, i64. Backward keeps the indices.
struct ScatterAddKernel;

constexpr Tensor gather(Tensor x, Tensor indices, int axis = 0, Location at = Location::current());
constexpr Tensor scatter_add(Dim entries, Tensor indices, Tensor updates, int axis = 0,
                             Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef gather_op{
    .name = "gather",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto axis = static_cast<int>(attributes.integers[0]);
          if (in[1].dtype != i32 && in[1].dtype != i64)
            return Inferred::failed(fault::indices_must_be_integers);
          if (axis < 0 || axis >= in[0].shape.rank)
            return Inferred::failed(fault::axis_is_out_of_range);
          Shape result;
          for (int i = 0; i < in[0].shape.rank; ++i) {
            if (i != axis) result.push_back(in[0].shape[i]);
            for (int k = 0; i == axis && k < in[1].shape.rank; ++k)
              result.push_back(in[1].shape[k]);
          }
          return Inferred{result, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const auto axis = static_cast<int>(v.attributes.integers[0]);
          if (v.wants(0))
            v.set(0, scatter_add(v.input(0).shape()[axis], v.input(1), v.cotangent, axis, v.at));
        },
    .flops = detail::no_flops,
    .samples =
        [](std::span<const Operand> in, const Attributes& attributes, int operand, int axis) {
          return operand == 1 ? SampleUse::each_alone
                              : samples::of_other_axes(in, attributes, operand, axis);
        },
    .typed_by = 0,
    .kernels = &Kernels<GatherKernel>::table,
    .doc = {"T[...,N,...], i[S] -> T[...,S,...]", "none"}};

FOREGRAPH_EXPORT inline constexpr OpDef scatter_add_op{
    .name = "scatter_add",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto axis = static_cast<int>(attributes.integers[0]);
          const Shape& indices = in[0].shape;
          const Shape& updates = in[1].shape;
          if (in[0].dtype != i32 && in[0].dtype != i64)
            return Inferred::failed(fault::indices_must_be_integers);
          if (in[1].dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
          if (updates.rank < indices.rank)
            return Inferred::failed(fault::updates_do_not_match_the_indices);
          if (axis < 0 || axis + indices.rank > updates.rank)
            return Inferred::failed(fault::axis_is_out_of_range);
          for (int k = 0; k < indices.rank; ++k)
            if (updates[axis + k] != indices[k])
              return Inferred::failed(fault::updates_do_not_match_the_indices);
          Shape result;
          for (int i = 0; i < axis; ++i) result.push_back(updates[i]);
          result.push_back({attributes.integers[2], attributes.integers[3]});
          for (int i = axis + indices.rank; i < updates.rank; ++i) result.push_back(updates[i]);
          return Inferred{result, in[1].dtype};
        },
    .vjp =
        [](Vjp& v) {
          if (v.wants(1))
            v.set(1, gather(v.cotangent, v.input(0), static_cast<int>(v.attributes.integers[0]),
                            v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return in[1].shape.elements(); },
    .typed_by = 1,
    .kernels = &Kernels<ScatterAddKernel>::table,
    .doc = {"i[S], T[...,S,...] -> T[...,N,...]", "1 per element of the updates"}};

/// Returns the slices of x along `axis` that the indices name. T[...,N,...], i[S] ->
/// T[...,S...,...]. An index outside [0, N) throws IndexError when the step runs.
[[nodiscard]] constexpr Tensor gather(Tensor x, Tensor indices, int axis, Location at) {
  Attributes attributes;
  attributes.integers[0] = detail::axis_from_front(axis, x.shape().rank);
  attributes.integers[1] = indices.dtype() == i64 ? 1 : 0;
  return graph_of(x, gather_op, at).append(gather_op, {x, indices}, attributes, at);
}

/// Appends scatter_add; `entries` is the size of the result along `axis`, which counts the result's
/// axes.
[[nodiscard]] constexpr Tensor scatter_add(Dim entries, Tensor indices, Tensor updates, int axis,
                                           Location at) {
  Attributes attributes;
  attributes.integers[0] =
      detail::axis_from_front(axis, updates.shape().rank - indices.shape().rank + 1);
  attributes.integers[1] = indices.dtype() == i64 ? 1 : 0;
  attributes.integers[2] = entries.constant;
  attributes.integers[3] = entries.per_sample;
  return graph_of(updates, scatter_add_op, at)
      .append(scatter_add_op, {indices, updates}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(gather_op, GatherKernel)
FOREGRAPH_REGISTER_KERNEL(scatter_add_op, ScatterAddKernel)

}  // namespace foregraph
