#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>
#include <foregraph/detail/ops/shape/gather.hpp>

/// Ops for the rows of a table that indices name, such as the gradient of an embedding without its
/// rows of zeros.
namespace foregraph {

namespace fault {
inline constexpr FaultKind rows_do_not_match_the_table{
    "the rows do not match the table and the indices",
    "rows whose shape has the axes of the indices in place of the table's first axis, and its "
    "dtype"};
}  // namespace fault

/// sum_equal_rows: out[s..., ...] is the sum of all updates[t..., ...] with indices[t...] ==
/// indices[s...], in the order of t. i[S], T[S...,...] -> T[S...,...] for T in f32, f64, i in i32,
/// i64; in place over the updates. An index outside [0, N) throws IndexError when the step runs.
/// Attributes: integers[0] is N, [1] is 1 if indices are i64.
struct SumEqualRowsKernel;

/// assign_rows: c with the row indices[s...] replaced by rows[s..., ...]; of several rows with the
/// same index, the last counts. T[N,...], i[S], T[S...,...] -> T[N,...] for every T; in place over
/// c. An index outside [0, N) throws IndexError when the step runs. Has no gradient. Attributes:
/// integers[1] is 1 if indices are i64.
struct AssignRowsKernel;

FOREGRAPH_EXPORT inline constexpr OpDef sum_equal_rows_op{
    .name = "sum_equal_rows",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (in[0].dtype != i32 && in[0].dtype != i64)
            return Inferred::failed(fault::indices_must_be_integers);
          if (!is_floating(in[1].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
          if (in[1].shape.rank < in[0].shape.rank)
            return Inferred::failed(fault::updates_do_not_match_the_indices);
          for (int k = 0; k < in[0].shape.rank; ++k)
            if (in[1].shape[k] != in[0].shape[k])
              return Inferred::failed(fault::updates_do_not_match_the_indices);
          return Inferred{in[1].shape, in[1].dtype};
        },
    .decompose =
        [](Tensor t) {
          const Location at = t.graph->node(t.id).at;
          const Tensor indices = elementwise::operand(t, 0);
          const Tensor sums = scatter_add(t.graph->node(t.id).attributes.integers[0], indices,
                                          elementwise::operand(t, 1), 0, at);
          return gather(sums, indices, 0, at);
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return in[1].shape.elements(); },
    // The first position with the same index, and a hash table of positions.
    .workspace_bytes =
        [](std::span<const Operand> in, const Operand&, const Attributes&) {
          constexpr std::int64_t bytes = 8;
          return multiply(in[0].shape.elements(), Dim{3 * bytes}).value + Dim{bytes};
        },
    .in_place = 0b10,
    .typed_by = 1,
    .kernels = &Kernels<SumEqualRowsKernel>::table,
    .doc = {"i[S], f[S,...] -> f[S,...]", "1 per element"}};

FOREGRAPH_EXPORT inline constexpr OpDef assign_rows_op{
    .name = "assign_rows",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (in[1].dtype != i32 && in[1].dtype != i64)
            return Inferred::failed(fault::indices_must_be_integers);
          if (in[0].shape.rank < 1) return Inferred::failed(fault::axis_is_out_of_range);
          Shape expected = in[1].shape;
          for (int i = 1; i < in[0].shape.rank; ++i) expected.push_back(in[0].shape[i]);
          if (in[2].shape != expected || in[2].dtype != in[0].dtype)
            return Inferred::failed(fault::rows_do_not_match_the_table);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .flops = detail::no_flops,
    .in_place = 0b1,
    .typed_by = 0,
    .kernels = &Kernels<AssignRowsKernel>::table,
    .doc = {"T[N,...], i[S], T[S,...] -> T[N,...]", "none"}};

/// Returns the sum of all rows of the updates that have the same index, for each index. i[S],
/// f[S...,...] -> f[S...,...]. An index outside [0, entries) throws IndexError when the step runs.
[[nodiscard]] constexpr Tensor sum_equal_rows(std::int64_t entries, Tensor indices, Tensor updates,
                                              Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = entries;
  attributes.integers[1] = indices.dtype() == i64 ? 1 : 0;
  return graph_of(updates, sum_equal_rows_op, at)
      .append(sum_equal_rows_op, {indices, updates}, attributes, at);
}

/// Returns c with the rows that the indices name replaced; of several rows with the same index, the
/// last counts. T[N,...], i[S], T[S...,...] -> T[N,...]. An index outside [0, N) throws IndexError
/// when the step runs.
[[nodiscard]] constexpr Tensor assign_rows(Tensor c, Tensor indices, Tensor rows,
                                           Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[1] = indices.dtype() == i64 ? 1 : 0;
  return graph_of(c, assign_rows_op, at).append(assign_rows_op, {c, indices, rows}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(sum_equal_rows_op, SumEqualRowsKernel)
FOREGRAPH_REGISTER_KERNEL(assign_rows_op, AssignRowsKernel)

}  // namespace foregraph
