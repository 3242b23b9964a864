#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/nn/losses/same_shape.hpp>
#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>
#include <foregraph/detail/ops/activation/logsumexp.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph::detail {
constexpr Inferred probabilities_rule(std::span<const Operand> in) {
  if (in[0].shape.rank < 2) return Inferred::failed(fault::rank_is_wrong);
  if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  if (in[1].dtype != in[0].dtype) return Inferred::failed(fault::dtypes_differ);
  if (in[1].shape != in[0].shape) return Inferred::failed(fault::shapes_differ);
  Shape rows;
  for (int i = 0; i + 1 < in[0].shape.rank; ++i) rows.push_back(in[0].shape[i]);
  return {rows, in[0].dtype};
}
}  // namespace foregraph::detail

namespace foregraph {

/// softmax_cross_entropy_of_probabilities: sum(t (log(sum(exp(x))) - x)) over the last axis, stable
/// for any logits; where t is 0 the term is 0, even if x is -inf. T[...,K], T[...,K] -> T[...] for
/// T in f32, f64. Backward keeps both operands.
struct SoftmaxCrossEntropyOfProbabilitiesKernel;

/// Gradient with respect to the logits: ct[r] * (softmax(x)[r,:] sum(t[r,:]) - t[r,:]). T[...,K],
/// T[...,K], T[...] -> T[...,K]. In place over the logits.
struct SoftmaxCrossEntropyOfProbabilitiesGradientKernel;

FOREGRAPH_EXPORT inline constexpr OpDef softmax_cross_entropy_of_probabilities_gradient_op{
    .name = "softmax_cross_entropy_of_probabilities_gradient",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          const Inferred rows = detail::probabilities_rule(in);
          if (rows.fault != nullptr) return rows;
          if (in[2].dtype != rows.dtype) return Inferred::failed(fault::dtypes_differ);
          if (in[2].shape != rows.shape) return Inferred::failed(fault::shapes_differ);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .decompose =
        [](Tensor y) {
          Graph& g = *y.graph;
          const Location at = g.node(y.id).at;
          const Tensor x = elementwise::operand(y, 0);
          const Tensor t = elementwise::operand(y, 1);
          Shape kept = elementwise::operand(y, 2).shape();
          kept.push_back(Dim{1});
          const Tensor ct = reshape(elementwise::operand(y, 2), kept, at);
          const Tensor total = sum(t, {-1}, KeepDims::yes, at);
          const Tensor soft = softmax(x, -1, at);
          const Tensor p = multiply(soft, total, at);
          return multiply(ct, subtract(p, t, at), at);
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{7}).value; },
    .in_place = 1,
    .kernels = &Kernels<SoftmaxCrossEntropyOfProbabilitiesGradientKernel>::table,
    .doc = {"T[...,K], T[...,K], T[...] -> T[...,K]", "7 per logit"}};

FOREGRAPH_EXPORT inline constexpr OpDef softmax_cross_entropy_of_probabilities_op{
    .name = "softmax_cross_entropy_of_probabilities",
    .arity = 2,
    .infer = [](std::span<const Operand> in,
                const Attributes&) { return detail::probabilities_rule(in); },
    .vjp =
        [](Vjp& v) {
          Graph& g = *v.output.graph;
          const Tensor x = v.input(0);
          if (v.wants(0))
            v.set(0, g.append(softmax_cross_entropy_of_probabilities_gradient_op,
                              {x, v.input(1), v.cotangent}, {}, v.at));
          if (v.wants(1)) {
            const Tensor level = logsumexp(x, {-1}, KeepDims::yes, v.at);
            const Tensor slope = subtract(level, x, v.at);
            const Tensor ct = reshape(v.cotangent, level.shape(), v.at);
            v.set(1, zero_or_product(ct, slope, v.at));
          }
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{7}).value; },
    .samples =
        [](std::span<const Operand> in, const Attributes&, int, int axis) {
          return axis + 1 < in[0].shape.rank ? SampleUse::each_alone : SampleUse::mixed;
        },
    .kernels = &Kernels<SoftmaxCrossEntropyOfProbabilitiesKernel>::table,
    .doc = {"T[...,K], T[...,K] -> T[...]", "7 per logit"}};

}  // namespace foregraph

namespace foregraph::nn {

/// Returns the mean over all rows of the cross-entropy -sum(targets * log softmax(logits)). The
/// targets are probabilities that should sum to 1 in each row, which is not checked. f[...,K],
/// f[...,K] of exactly one shape -> f[].
[[nodiscard]] constexpr Tensor softmax_cross_entropy_with_probabilities(
    Tensor logits, Tensor targets, Location at = Location::current()) {
  const OpDef& op = softmax_cross_entropy_of_probabilities_op;
  const Tensor each = graph_of(logits, op, at).append(op, {logits, targets}, {}, at);
  return mean(each, {}, KeepDims::no, at);
}

}  // namespace foregraph::nn

namespace foregraph {

FOREGRAPH_REGISTER_KERNEL(softmax_cross_entropy_of_probabilities_op,
                          SoftmaxCrossEntropyOfProbabilitiesKernel)
FOREGRAPH_REGISTER_KERNEL(softmax_cross_entropy_of_probabilities_gradient_op,
                          SoftmaxCrossEntropyOfProbabilitiesGradientKernel)

}  // namespace foregraph
