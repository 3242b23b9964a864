#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind matmul_inner_dimensions_differ{
    "inner dimensions differ",
    "the last dimension of the first operand equal to the first of the second (after any "
    "transposition)"};
inline constexpr FaultKind matmul_operands_must_be_matrices{"an operand is not a matrix",
                                                            "two operands of rank 2; reshape them"};
}  // namespace fault

/// The operands of a matmul that are used transposed.
struct Transposed {
  /// Transposes the first operand.
  bool a = false;
  /// Transposes the second operand.
  bool b = false;
};

/// matmul: op(a) . op(b), where op optionally transposes. T[M,K] . T[K,N] -> T[M,N] for T in f32,
/// f64. Backward keeps both operands. 2*M*N*K FLOPs. Not in place. Operands with more axes are
/// stacks of matrices: see ops/linear/batch_matmul.hpp. Attributes: integers[0] and integers[1] are
/// 1 if a and b are transposed.
struct MatmulKernel;

constexpr Tensor matmul(Tensor a, Tensor b, Transposed transposed = {},
                        Location at = Location::current());

namespace detail {
[[nodiscard]] constexpr Transposed matmul_transposes(const Attributes& attributes) {
  return {attributes.integers[0] != 0, attributes.integers[1] != 0};
}
constexpr Tensor fold_transposes_into_matmul(Tensor t);  // in ops/linear/transpose.hpp
constexpr Tensor matmul_of_stacks(Tensor a, Tensor b, Transposed transposed,
                                  Location at);  // in ops/linear/batch_matmul.hpp
/// Returns the gradient of an operand; of stacks, before the sum over the axes that broadcast.
constexpr Tensor matmul_gradient(const Vjp& v, int operand) {
  const auto [ta, tb] = matmul_transposes(v.attributes);
  const Tensor a = v.input(0);
  const Tensor b = v.input(1);
  const Tensor g = v.cotangent;
  if (operand == 0) return ta ? matmul(b, g, {tb, true}, v.at) : matmul(g, b, {false, !tb}, v.at);
  return tb ? matmul(g, a, {true, ta}, v.at) : matmul(a, g, {!ta, false}, v.at);
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef matmul_op{
    .name = "matmul",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto [ta, tb] = detail::matmul_transposes(attributes);
          if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
          if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
          if (in[0].shape.rank != 2 || in[1].shape.rank != 2)
            return Inferred::failed(fault::matmul_operands_must_be_matrices);
          if (in[0].shape[ta ? 0 : 1] != in[1].shape[tb ? 1 : 0])
            return Inferred::failed(fault::matmul_inner_dimensions_differ);
          return Inferred{{in[0].shape[ta ? 1 : 0], in[1].shape[tb ? 0 : 1]}, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          if (v.wants(0)) v.set(0, detail::matmul_gradient(v, 0));
          if (v.wants(1)) v.set(1, detail::matmul_gradient(v, 1));
        },
    .flops =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          const Dim inner = in[0].shape[attributes.integers[0] != 0 ? 0 : 1];
          return multiply(multiply(out.shape.elements(), inner).value, Dim{2}).value;
        },
    .samples =
        [](std::span<const Operand>, const Attributes& attributes, int operand, int axis) {
          const auto [ta, tb] = detail::matmul_transposes(attributes);
          const bool inner = operand == 0 ? axis == (ta ? 0 : 1) : axis == (tb ? 1 : 0);
          return inner ? SampleUse::summed : SampleUse::each_alone;
        },
    .simplify = [](Tensor t) { return detail::fold_transposes_into_matmul(t); },
    .kernels = &Kernels<MatmulKernel>::table,
    .doc = {"f[M,K], f[K,N] -> f[M,N]", "2*M*N*K"}};

/// Returns a . b, each transposed if `transposed` says so. f[M,K], f[K,N] -> f[M,N]; 2 M K N FLOPs.
[[nodiscard]] constexpr Tensor matmul(Tensor a, Tensor b, Transposed transposed, Location at) {
  if (a.shape().rank > 2 || b.shape().rank > 2)
    return detail::matmul_of_stacks(a, b, transposed, at);
  Attributes attributes;
  attributes.integers[0] = transposed.a ? 1 : 0;
  attributes.integers[1] = transposed.b ? 1 : 0;
  return graph_of(a, matmul_op, at).append(matmul_op, {a, b}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(matmul_op, MatmulKernel)

}  // namespace foregraph

#include <foregraph/detail/ops/linear/batch_matmul.hpp>
