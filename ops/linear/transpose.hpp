#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>

namespace foregraph {

/// transpose: swaps the last two axes. T[...,M,N] -> T[...,N,M] for every T. Backward keeps
/// nothing. A matmul absorbs it as a flag, so it is usually free.
struct TransposeKernel;

constexpr Tensor transpose(Tensor x, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef transpose_op{
    .name = "transpose",
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          const Shape& shape = in[0].shape;
          if (shape.rank < 2) return Inferred::failed(fault::rank_is_wrong);
          Shape result = shape;
          result.set(shape.rank - 1, shape[-2]);
          result.set(shape.rank - 2, shape[-1]);
          return Inferred{result, in[0].dtype};
        },
    .vjp = [](Vjp& v) { v.set(0, transpose(v.cotangent, v.at)); },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .samples = samples::of_every_axis,
    .simplify =
        [](Tensor t) {
          const Tensor inner{t.graph, t.graph->inputs_of(t.id)[0]};
          return t.graph->node(inner.id).op == t.graph->node(t.id).op
                     ? Tensor{t.graph, t.graph->inputs_of(inner.id)[0]}
                     : t;
        },
    .kernels = &Kernels<TransposeKernel>::table,
    .doc = {"T[...,M,N] -> T[...,N,M]", "none"}};

/// Returns the transpose of a matrix. T[M,N] -> T[N,M].
[[nodiscard]] constexpr Tensor transpose(Tensor x, Location at) {
  return graph_of(x, transpose_op, at).append(transpose_op, {x}, {}, at);
}

namespace detail {
constexpr Tensor fold_transposes_into_matmul(Tensor t) {
  Graph& g = *t.graph;
  auto transposed = matmul_transposes(g.node(t.id).attributes);
  Tensor a{&g, g.inputs_of(t.id)[0]};
  Tensor b{&g, g.inputs_of(t.id)[1]};
  const bool fold_a = g.node(a.id).op == &transpose_op;
  const bool fold_b = g.node(b.id).op == &transpose_op;
  if (!fold_a && !fold_b) return t;
  if (fold_a) {
    a.id = g.inputs_of(a.id)[0];
    transposed.a = !transposed.a;
  }
  if (fold_b) {
    b.id = g.inputs_of(b.id)[0];
    transposed.b = !transposed.b;
  }
  return matmul(a, b, transposed, g.node(t.id).at);
}
}  // namespace detail

FOREGRAPH_REGISTER_KERNEL(transpose_op, TransposeKernel)

}  // namespace foregraph
