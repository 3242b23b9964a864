#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind matmul_operand_has_less_than_two_axes{
    "an operand is not a matrix or a stack of matrices",
    "operands [...,rows,columns]; reshape a vector to [n,1] or [1,n]"};
inline constexpr FaultKind matmul_batches_do_not_broadcast{
    "the batch axes of the matrices do not broadcast",
    "batch axes that are equal or 1 when aligned at the last; reshape one operand"};
}  // namespace fault

/// batch_matmul: op(a) . op(b) for stacks of matrices, where op optionally transposes the last two
/// axes. T[...,M,K] . T[...,K,N] -> T[...,M,N] for T in f32, f64. The axes before the matrices
/// broadcast as in NumPy, without materialising repeats. Backward keeps both operands. Attributes
/// as for matmul: integers[0] and integers[1] are 1 if a and b are transposed.
struct BatchMatmulKernel;

namespace detail {
[[nodiscard]] constexpr Shape axes_before_matrices(const Shape& shape) {
  Shape result;
  for (int i = 0; i + 2 < shape.rank; ++i) result.push_back(shape[i]);
  return result;
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef batch_matmul_op{
    .name = "batch_matmul",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto [ta, tb] = detail::matmul_transposes(attributes);
          const Shape& a = in[0].shape;
          const Shape& b = in[1].shape;
          if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
          if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
          if (a.rank < 2 || b.rank < 2)
            return Inferred::failed(fault::matmul_operand_has_less_than_two_axes);
          if (a[ta ? -2 : -1] != b[tb ? -1 : -2])
            return Inferred::failed(fault::matmul_inner_dimensions_differ);
          auto both = elementwise::broadcast_shapes(detail::axes_before_matrices(a),
                                                    detail::axes_before_matrices(b));
          if (!both.ok) return Inferred::failed(fault::matmul_batches_do_not_broadcast);
          both.shape.push_back(a[ta ? -1 : -2]);
          both.shape.push_back(b[tb ? -2 : -1]);
          return Inferred{both.shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          for (int i = 0; i < 2; ++i) {
            if (!v.wants(i)) continue;
            const Tensor all = detail::matmul_gradient(v, i);
            const Shape shape = v.input(i).shape();
            v.set(i, all.shape() == shape ? all : detail::sum_to(all, shape, v.at));
          }
        },
    .flops =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          const Dim inner = in[0].shape[attributes.integers[0] != 0 ? -2 : -1];
          return multiply(multiply(out.shape.elements(), inner).value, Dim{2}).value;
        },
    .samples =
        [](std::span<const Operand> in, const Attributes& attributes, int operand, int axis) {
          const int in_matrix = axis - in[static_cast<std::size_t>(operand)].shape.rank + 2;
          if (in_matrix < 0) return SampleUse::each_alone;
          return matmul_op.samples(in, attributes, operand, in_matrix);
        },
    .simplify = [](Tensor t) { return detail::fold_transposes_into_matmul(t); },
    .kernels = &Kernels<BatchMatmulKernel>::table,
    .doc = {"f[...,M,K], f[...,K,N] -> f[...,M,N]", "2*K per element"}};

namespace detail {
/// Appends matmul of operands of which at least one has more than two axes. If b is one matrix,
/// uses a single product of all rows of a.
constexpr Tensor matmul_of_stacks(Tensor a, Tensor b, Transposed transposed, Location at) {
  Attributes attributes;
  attributes.integers[0] = transposed.a ? 1 : 0;
  attributes.integers[1] = transposed.b ? 1 : 0;
  Graph& g = graph_of(a, batch_matmul_op, at);
  if (b.shape().rank != 2 || transposed.a || b.graph != &g)
    return g.append(batch_matmul_op, {a, b}, attributes, at);
  // Checked here so that messages show the user's original operands.
  const std::array<Operand, 2> both{{{a.shape(), a.dtype()}, {b.shape(), b.dtype()}}};
  const Inferred whole = batch_matmul_op.infer(both, attributes);
  if (whole.fault != nullptr) return g.fail(*whole.fault, &batch_matmul_op, at, both);
  Dim rows = 1;
  for (int i = 0; i + 1 < a.shape().rank; ++i) rows = multiply(rows, a.shape()[i]).value;
  const Tensor matrix = reshape(a, {rows, a.shape()[-1]}, at);
  const Tensor product = matmul(matrix, b, transposed, at);
  return reshape(product, whole.shape, at);
}
}  // namespace detail

FOREGRAPH_REGISTER_KERNEL(batch_matmul_op, BatchMatmulKernel)

}  // namespace foregraph
