#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind matmul_accumulate_operands_do_not_match{
    "the operands of an accumulated matmul do not match",
    "c with the shape of the product, and two scalars, all of the same dtype"};
}  // namespace fault

/// matmul_accumulate: beta * c + alpha * op(a) . op(b), with the transposes of matmul. T[M,N],
/// T[M,K], T[K,N], T[], T[] (c, a, b, alpha, beta) -> T[M,N] for T in f32, f64. In place over c: a
/// weight's gradient is accumulated directly into the weight, or into a sum of gradients, and needs
/// no memory. 2*M*N*K FLOPs, and 2*M*N more. c must not overlap a and b. Attributes as for matmul.
struct MatmulAccumulateKernel;

FOREGRAPH_EXPORT inline constexpr OpDef matmul_accumulate_op{
    .name = "matmul_accumulate",
    .arity = 5,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const Inferred product = matmul_op.infer(in.subspan(1, 2), attributes);
          if (product.fault != nullptr) return product;
          bool match = in[0].shape == product.shape;
          for (const Operand& each : in) match = match && each.dtype == product.dtype;
          match = match && in[3].shape.rank == 0 && in[4].shape.rank == 0;
          return match ? product : Inferred::failed(fault::matmul_accumulate_operands_do_not_match);
        },
    .decompose =
        [](Tensor t) {
          Graph& g = *t.graph;
          const Location at = g.node(t.id).at;
          const auto transposed = detail::matmul_transposes(g.node(t.id).attributes);
          const Tensor product =
              matmul(elementwise::operand(t, 1), elementwise::operand(t, 2), transposed, at);
          const Tensor scaled = multiply(elementwise::operand(t, 3), product, at);
          const Tensor kept = multiply(elementwise::operand(t, 4), elementwise::operand(t, 0), at);
          return add(kept, scaled, at);
        },
    .flops =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          const Dim product = matmul_op.flops(in.subspan(1, 2), out, attributes);
          return product + multiply(out.shape.elements(), Dim{2}).value;
        },
    .in_place = 0b1,
    .kernels = &Kernels<MatmulAccumulateKernel>::table,
    .doc = {"f[M,N], f[M,K], f[K,N], f[], f[] -> f[M,N]", "2*M*N*K + 2*M*N"}};

[[nodiscard]] constexpr Tensor matmul_accumulate(Tensor c, Tensor a, Tensor b, Argument alpha,
                                                 Argument beta, Transposed transposed = {},
                                                 Location at = Location::current()) {
  Graph& g = graph_of(c, matmul_accumulate_op, at);
  const Tensor scale = alpha.is_number ? g.constant(alpha.number, c.dtype(), at) : alpha.tensor;
  const Tensor keep = beta.is_number ? g.constant(beta.number, c.dtype(), at) : beta.tensor;
  Attributes attributes;
  attributes.integers[0] = transposed.a ? 1 : 0;
  attributes.integers[1] = transposed.b ? 1 : 0;
  return g.append(matmul_accumulate_op, {c, a, b, scale, keep}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(matmul_accumulate_op, MatmulAccumulateKernel)

}  // namespace foregraph
