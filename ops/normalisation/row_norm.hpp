#pragma once

#include <foregraph/detail/kernels/normalisation/gamma_parts.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/normalisation/moments.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

/// Shared parts of layer_norm and rms_norm: both normalise each row, with and without subtracting
/// its mean first.
namespace foregraph {

namespace fault {
inline constexpr FaultKind row_norm_operands_do_not_match{
    "the operands of a row normalization do not match",
    "x of rank 1 or more, gamma (and beta) of rank 1 with the size of x's last axis, all of the "
    "same dtype"};
}  // namespace fault

namespace row_norm {

/// Shape rule: operand 0 is f[...,K]; bit i of `rows` requires operand i to be f[K], of `full` to
/// have operand 0's shape.
constexpr const FaultKind* operand_fault(std::span<const Operand> in, unsigned rows,
                                         unsigned full) {
  const Shape& x = in[0].shape;
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  for (std::size_t i = 0; i < in.size(); ++i) {
    bool ok = x.rank >= 1 && x[-1].is_constant() && in[i].dtype == in[0].dtype;
    if (((rows >> i) & 1) != 0) ok = ok && in[i].shape == Shape{x[-1]};
    if (((full >> i) & 1) != 0) ok = ok && in[i].shape == x;
    if (!ok) return &fault::row_norm_operands_do_not_match;
  }
  return nullptr;
}
template <unsigned Rows, unsigned Full>
constexpr Inferred infer_like_x(std::span<const Operand> in, const Attributes&) {
  if (const FaultKind* bad = operand_fault(in, Rows, Full)) return Inferred::failed(*bad);
  return {in[0].shape, in[0].dtype};
}
constexpr Inferred infer_row(std::span<const Operand> in, const Attributes&) {
  if (const FaultKind* bad = operand_fault(in, 0, 2)) return Inferred::failed(*bad);
  return {{in[0].shape[-1]}, in[0].dtype};
}
template <int PerElement>
constexpr Dim flops(std::span<const Operand> in, const Operand&, const Attributes&) {
  return multiply(in[0].shape.elements(), Dim{PerElement}).value;
}
constexpr Dim gamma_workspace(std::span<const Operand>, const Operand& out, const Attributes&) {
  const std::int64_t sum_and_run = 8 + bytes_per_element(out.dtype);
  const Dim of_each = multiply(Dim{parts_of_gamma(out.shape[0].constant)}, Dim{sum_and_run}).value;
  return multiply(out.shape.elements(), of_each).value;
}

/// xhat of a node's first operand, and its divisor, as ordinary ops.
template <bool Centred>
struct Parts {
  Location at;
  Tensor xhat{};
  Tensor deviation{};

  constexpr explicit Parts(Tensor node) : at(node.graph->node(node.id).at) {
    Tensor rest = elementwise::operand(node, 0);
    if (Centred) {
      const Tensor centre = mean(rest, {-1}, KeepDims::yes, at);
      rest = subtract(rest, centre, at);
    }
    const Tensor squares = multiply(rest, rest, at);
    const Tensor variance = mean(squares, {-1}, KeepDims::yes, at);
    deviation = sqrt(add(variance, node.graph->node(node.id).attributes.number, at), at);
    xhat = divide(rest, deviation, at);
  }
};
template <bool Centred>
constexpr Tensor decompose_gradient(Tensor t) {
  const Parts<Centred> node(t);
  const Tensor dy = elementwise::operand(t, 2);
  const Tensor g = multiply(dy, elementwise::operand(t, 1), node.at);
  const Tensor weighted = multiply(g, node.xhat, node.at);
  const Tensor slope = mean(weighted, {-1}, KeepDims::yes, node.at);
  Tensor result = subtract(g, multiply(node.xhat, slope, node.at), node.at);
  if (Centred) {
    const Tensor shift = mean(g, {-1}, KeepDims::yes, node.at);
    result = subtract(result, shift, node.at);
  }
  return divide(result, node.deviation, node.at);
}
template <bool Centred>
constexpr Tensor decompose_gamma_gradient(Tensor t) {
  const Parts<Centred> node(t);
  const Tensor dy = elementwise::operand(t, 1);
  const Tensor product = multiply(dy, node.xhat, node.at);
  return sum(product, detail::leading_axes(dy.shape()), KeepDims::no, node.at);
}

/// Sets the cotangents of x, gamma and, if present, beta.
template <const OpDef& GradientOp, const OpDef& GammaGradientOp>
constexpr void vjp(Vjp& v) {
  Graph& g = *v.output.graph;
  const Tensor dy = v.cotangent;
  if (v.wants(0)) v.set(0, g.append(GradientOp, {v.input(0), v.input(1), dy}, v.attributes, v.at));
  if (v.wants(1)) v.set(1, g.append(GammaGradientOp, {v.input(0), dy}, v.attributes, v.at));
  if (v.inputs().size() > 2 && v.wants(2))
    v.set(2, sum(dy, detail::leading_axes(dy.shape()), KeepDims::no, v.at));
}

template <class Kernel, bool Centred>
constexpr OpDef define_gradient(std::string_view name) {
  return {.name = name,
          .arity = 3,
          .infer = infer_like_x<2, 4>,
          .decompose = decompose_gradient<Centred>,
          .flops = flops<12>,
          .in_place = 4,
          .kernels = &Kernels<Kernel>::table,
          .doc = {"f[...,K], f[K], f[...,K] -> f[...,K]", "12 per element"}};
}
template <class Kernel, bool Centred>
constexpr OpDef define_gamma_gradient(std::string_view name) {
  return {.name = name,
          .arity = 2,
          .infer = infer_row,
          .decompose = decompose_gamma_gradient<Centred>,
          .flops = flops<8>,
          .workspace_bytes = gamma_workspace,
          .kernels = &Kernels<Kernel>::table,
          .doc = {"f[...,K], f[...,K] -> f[K]", "8 per element of x"}};
}

}  // namespace row_norm
}  // namespace foregraph
