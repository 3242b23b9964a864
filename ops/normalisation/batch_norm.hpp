#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/normalisation/moments.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind batch_norm_operands_do_not_match{
    "the operands of batch norm do not match",
    "x of rank 2 or more with channels as its last axis, gamma and beta with one element per "
    "channel, all of the same dtype"};
}  // namespace fault

namespace detail {
/// Returns a fault, or null if the operands match. Operand 0 is x f[...,C]; bit i of `rows`
/// requires operand i to be f[C], of `pairs` f[2,C], and of `full` the shape of x.
constexpr const FaultKind* batch_norm_fault(std::span<const Operand> in, unsigned rows,
                                            unsigned pairs, unsigned full) {
  const Shape& x = in[0].shape;
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const Shape& shape = in[i].shape;
    bool ok = x.rank >= 2 && in[i].dtype == in[0].dtype;
    if (((rows >> i) & 1) != 0) ok = ok && shape == Shape{x[-1]};
    if (((pairs >> i) & 1) != 0) ok = ok && shape == Shape{Dim{2}, x[-1]};
    if (((full >> i) & 1) != 0) ok = ok && shape == x;
    if (!ok) return &fault::batch_norm_operands_do_not_match;
  }
  return nullptr;
}

/// Returns the row's shape for a row T[C] and a pair T[2,C], or a fault.
constexpr Inferred infer_row_with_pair(std::span<const Operand> in, const Attributes&) {
  if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
  if (in[0].shape.rank != 1 || in[1].shape != Shape{Dim{2}, in[0].shape[0]})
    return Inferred::failed(fault::shapes_differ);
  return {in[0].shape, in[0].dtype};
}

/// Parts of a node being decomposed: its operands, location and epsilon; and (x - mean) / sigma.
struct BatchNormParts {
  Graph& g;
  Tensor t;
  Location at;

  constexpr explicit BatchNormParts(Tensor node)
      : g(*node.graph), t(node), at(g.node(node.id).at) {}
  [[nodiscard]] constexpr Tensor operand(int i) const { return elementwise::operand(t, i); }
  [[nodiscard]] constexpr Tensor sigma(Tensor variance) const {
    return sqrt(add(variance, g.node(t.id).attributes.number, at), at);
  }
  [[nodiscard]] constexpr Tensor normalised(Tensor mean, Tensor deviation) const {
    return divide(subtract(operand(0), mean, at), deviation, at);
  }
};
}  // namespace detail

/// batch_norm: (x - mean) / sqrt(variance + epsilon) * gamma + beta, with moments per channel, the
/// last axis. T[...,C], T[C], T[C], T[2,C] -> T[...,C] for T in f32, f64. The moments must be
/// moments(x): the derivative with respect to x is the total one, including the path through the
/// moments, which therefore get no cotangent. Backward keeps x and the moments. In place over x.
/// Attributes: number is epsilon, as in the other ops here.
struct BatchNormKernel;

/// fixed_batch_norm: batch_norm with the mean and variance as separate operands. T[...,C], T[C],
/// T[C], T[C], T[C] -> T[...,C]. In place over x.
struct FixedBatchNormKernel;

/// The slope of batch_norm in each channel: gamma / sqrt(variance + epsilon). T[C], T[2,C] -> T[C].
/// In place over gamma.
struct BatchNormScaleKernel;

/// The sums over rows used by the gradient: row 0 sums dy (the derivative with respect to beta),
/// row 1 dy * (x - mean) / sqrt(variance + epsilon) (with respect to gamma). T[...,C], T[2,C],
/// T[...,C] -> T[2,C].
struct BatchNormSumsKernel;

/// Derivative with respect to x: gamma / sigma * (dy - mean of dy - xhat * mean of dy * xhat), for
/// N rows. T[...,C], T[C], T[2,C], T[2,C], T[...,C] -> T[...,C]; the operands are x, gamma,
/// moments, sums and dy. In place over dy.
struct BatchNormGradientKernel;

FOREGRAPH_EXPORT inline constexpr OpDef batch_norm_scale_op{
    .name = "batch_norm_scale",
    .arity = 2,
    .infer = detail::infer_row_with_pair,
    .decompose =
        [](Tensor t) {
          const detail::BatchNormParts node(t);
          const Tensor variance = row_of_pair(node.operand(1), 1, node.at);
          return divide(node.operand(0), node.sigma(variance), node.at);
        },
    .flops = [](std::span<const Operand>, const Operand& out,
                const Attributes&) { return multiply(out.shape.elements(), Dim{3}).value; },
    .in_place = 1,
    .kernels = &Kernels<BatchNormScaleKernel>::table,
    .doc = {"f[C], f[2,C] -> f[C]", "3 per element"}};

FOREGRAPH_EXPORT inline constexpr OpDef batch_norm_sums_op{
    .name = "batch_norm_sums",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::batch_norm_fault(in, 0, 2, 4))
            return Inferred::failed(*bad);
          return Inferred{in[1].shape, in[0].dtype};
        },
    .decompose =
        [](Tensor t) {
          const detail::BatchNormParts node(t);
          const Tensor dy = node.operand(2);
          const Tensor deviation = node.sigma(row_of_pair(node.operand(1), 1, node.at));
          const Tensor mean = row_of_pair(node.operand(1), 0, node.at);
          const Tensor xhat = node.normalised(mean, deviation);
          const Axes axes = detail::leading_axes(dy.shape());
          const Tensor by_beta = sum(dy, axes, KeepDims::no, node.at);
          const Tensor product = multiply(dy, xhat, node.at);
          const Tensor by_gamma = sum(product, axes, KeepDims::no, node.at);
          const Tensor row0 = pair_of_row(by_beta, 0, node.at);
          const Tensor row1 = pair_of_row(by_gamma, 1, node.at);
          return add(row0, row1, node.at);
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{4}).value; },
    .kernels = &Kernels<BatchNormSumsKernel>::table,
    .doc = {"f[...,C], f[2,C], f[...,C] -> f[2,C]", "4 per element of x"}};

FOREGRAPH_EXPORT inline constexpr OpDef batch_norm_gradient_op{
    .name = "batch_norm_gradient",
    .arity = 5,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::batch_norm_fault(in, 2, 12, 16))
            return Inferred::failed(*bad);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .decompose =
        [](Tensor t) {
          const detail::BatchNormParts node(t);
          const Tensor x = node.operand(0);
          const Tensor deviation = node.sigma(row_of_pair(node.operand(2), 1, node.at));
          const Tensor mean = row_of_pair(node.operand(2), 0, node.at);
          const Tensor xhat = node.normalised(mean, deviation);
          Shape rows = x.shape();
          rows.set(rows.rank - 1, Dim{1});
          const Tensor n = node.g.extent(rows, x.dtype(), node.at);
          const Tensor sums = divide(node.operand(3), n, node.at);
          const Tensor shift = row_of_pair(sums, 0, node.at);
          const Tensor slope = multiply(xhat, row_of_pair(sums, 1, node.at), node.at);
          const Tensor centred = subtract(node.operand(4), shift, node.at);
          const Tensor rest = subtract(centred, slope, node.at);
          return multiply(rest, divide(node.operand(1), deviation, node.at), node.at);
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{5}).value; },
    .in_place = 16,
    .kernels = &Kernels<BatchNormGradientKernel>::table,
    .doc = {"f[...,C], f[C], f[2,C], f[2,C], f[...,C] -> f[...,C]", "5 per element"}};

namespace detail {
constexpr Inferred batch_norm_shape(std::span<const Operand> in, const Attributes&) {
  if (const FaultKind* bad = batch_norm_fault(in, 6, 8, 1)) return Inferred::failed(*bad);
  return {in[0].shape, in[0].dtype};
}
/// Appends (x - mean) * scale + beta, in the order of the kernel.
constexpr Tensor expand_batch_norm(Tensor t) {
  const BatchNormParts node(t);
  const Attributes attributes = node.g.node(t.id).attributes;
  const Tensor scale =
      node.g.append(batch_norm_scale_op, {node.operand(1), node.operand(3)}, attributes, node.at);
  const Tensor centred =
      subtract(node.operand(0), row_of_pair(node.operand(3), 0, node.at), node.at);
  return add(multiply(centred, scale, node.at), node.operand(2), node.at);
}
constexpr Dim batch_norm_flops(std::span<const Operand> in, const Operand&, const Attributes&) {
  return multiply(in[0].shape.elements(), Dim{3}).value;
}
constexpr void batch_norm_vjp(Vjp& v) {
  Graph& g = *v.output.graph;
  const Tensor x = v.input(0);
  const Tensor statistics = v.input(3);
  const Tensor sums =
      g.append(batch_norm_sums_op, {x, statistics, v.cotangent}, v.attributes, v.at);
  if (v.wants(0))
    v.set(0, g.append(batch_norm_gradient_op, {x, v.input(1), statistics, sums, v.cotangent},
                      v.attributes, v.at));
  if (v.wants(1)) v.set(1, row_of_pair(sums, 1, v.at));
  if (v.wants(2)) v.set(2, row_of_pair(sums, 0, v.at));
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef batch_norm_op{
    .name = "batch_norm",
    .arity = 4,
    .infer = detail::batch_norm_shape,
    .vjp = detail::batch_norm_vjp,
    .expand = detail::expand_batch_norm,
    .flops = detail::batch_norm_flops,
    .in_place = 1,
    .kernels = &Kernels<BatchNormKernel>::table,
    .doc = {"f[...,C], f[C], f[C], f[2,C] -> f[...,C]", "3 per element"}};

FOREGRAPH_EXPORT inline constexpr OpDef fixed_batch_norm_op{
    .name = "fixed_batch_norm",
    .arity = 5,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::batch_norm_fault(in, 30, 0, 1))
            return Inferred::failed(*bad);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .decompose =
        [](Tensor t) {
          const detail::BatchNormParts node(t);
          const Tensor deviation = node.sigma(node.operand(4));
          const Tensor xhat = node.normalised(node.operand(3), deviation);
          return add(multiply(xhat, node.operand(1), node.at), node.operand(2), node.at);
        },
    .flops = detail::batch_norm_flops,
    .samples = samples::of_rows,
    .in_place = 1,
    .kernels = &Kernels<FixedBatchNormKernel>::table,
    .doc = {"f[...,C], f[C], f[C], f[C], f[C] -> f[...,C]", "3 per element"}};

/// Returns gamma / sqrt(variance + epsilon) for a pair of moments. f[C], f[2,C] -> f[C].
[[nodiscard]] constexpr Tensor batch_norm_scale(Tensor gamma, Tensor moments, double epsilon = 1e-5,
                                                Location at = Location::current()) {
  Attributes attributes;
  attributes.number = epsilon;
  return graph_of(gamma, batch_norm_scale_op, at)
      .append(batch_norm_scale_op, {gamma, moments}, attributes, at);
}

/// Returns x normalised by its moments, like batch norm in training (Ioffe and Szegedy, 2015).
/// f[...,C], f[C], f[C] -> f[...,C]; statistics over all axes but the last.
[[nodiscard]] constexpr Tensor batch_norm(Tensor x, Tensor gamma, Tensor beta,
                                          double epsilon = 1e-5,
                                          Location at = Location::current()) {
  Attributes attributes;
  attributes.number = epsilon;
  const Tensor statistics = moments(x, at);
  return graph_of(x, batch_norm_op, at)
      .append(batch_norm_op, {x, gamma, beta, statistics}, attributes, at);
}

/// Returns x normalised by a given mean and variance, such as running averages, each f[C].
[[nodiscard]] constexpr Tensor fixed_batch_norm(Tensor x, Tensor gamma, Tensor beta, Tensor mean,
                                                Tensor variance, double epsilon = 1e-5,
                                                Location at = Location::current()) {
  Attributes attributes;
  attributes.number = epsilon;
  return graph_of(x, fixed_batch_norm_op, at)
      .append(fixed_batch_norm_op, {x, gamma, beta, mean, variance}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(batch_norm_op, BatchNormKernel)
FOREGRAPH_REGISTER_KERNEL(fixed_batch_norm_op, FixedBatchNormKernel)
FOREGRAPH_REGISTER_KERNEL(batch_norm_scale_op, BatchNormScaleKernel)
FOREGRAPH_REGISTER_KERNEL(batch_norm_sums_op, BatchNormSumsKernel)
FOREGRAPH_REGISTER_KERNEL(batch_norm_gradient_op, BatchNormGradientKernel)

}  // namespace foregraph
