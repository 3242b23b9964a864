#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph::fault {
inline constexpr FaultKind labels_must_be_one_integer_per_row{
    "labels do not match the logits",
    "logits f[batch,classes] with labels i32[batch] or i64[batch], or f[...,classes] with i[...]"};
inline constexpr FaultKind label_smoothing_is_out_of_range{
    "the label smoothing is not in [0,1)", "a value from 0 (none) to below 1, such as 0.1"};
}  // namespace foregraph::fault

namespace foregraph::detail {

constexpr const FaultKind* label_fault(std::span<const Operand> in) {
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  bool match = in[0].shape.rank >= 2 && in[1].shape.rank == in[0].shape.rank - 1 &&
               (in[1].dtype == i32 || in[1].dtype == i64);
  for (int i = 0; match && i < in[1].shape.rank; ++i) match = in[0].shape[i] == in[1].shape[i];
  return match ? nullptr : &fault::labels_must_be_one_integer_per_row;
}
}  // namespace foregraph::detail

namespace foregraph {

/// softmax_cross_entropy_per_sample: log(sum(exp(x))) - (1-s) x[label] - s mean(x), stable for any
/// logits. T[...,K], i[...] -> T[...] for T in f32, f64, i in i32, i64. A label outside [0, K)
/// throws IndexError when the step runs, before any parameter changes; the position it names
/// counts rows of the logits. Backward keeps the logits and labels. Attributes: integers[0] is 1 if
/// labels are i64; number is the label smoothing s.
struct SoftmaxCrossEntropyKernel;

/// Gradient with respect to the logits: ct[r] * (softmax(x)[r,:] - (1-s) one_hot(label[r]) - s/K).
/// T[...,K], i[...], T[...] -> T[...,K]. In place over the logits.
struct SoftmaxCrossEntropyGradientKernel;

constexpr Tensor softmax_cross_entropy_gradient(Tensor logits, Tensor labels, Tensor cotangent,
                                                double smoothing, Location at);

FOREGRAPH_EXPORT inline constexpr OpDef softmax_cross_entropy_op{
    .name = "softmax_cross_entropy",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::label_fault(in)) return Inferred::failed(*bad);
          return Inferred{in[1].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, softmax_cross_entropy_gradient(v.input(0), v.input(1), v.cotangent,
                                                  v.attributes.number, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{4}).value; },
    .samples =
        [](std::span<const Operand> in, const Attributes& attributes, int operand, int axis) {
          return operand == 1 ? SampleUse::each_alone
                              : samples::of_rows(in, attributes, operand, axis);
        },
    .kernels = &Kernels<SoftmaxCrossEntropyKernel>::table,
    .doc = {"f[...,K], i[...] -> f[...]", "4 per logit"}};

FOREGRAPH_EXPORT inline constexpr OpDef softmax_cross_entropy_gradient_op{
    .name = "softmax_cross_entropy_gradient",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::label_fault(in)) return Inferred::failed(*bad);
          if (in[2].shape != in[1].shape) return Inferred::failed(fault::shapes_differ);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          Shape kept = v.input(2).shape();
          kept.push_back(Dim{1});
          const Tensor u = v.cotangent;
          if (v.wants(0)) {
            const Tensor p = softmax(v.input(0), -1, v.at);
            const Tensor mix = sum(multiply(u, p, v.at), {-1}, KeepDims::yes, v.at);
            const Tensor ct = reshape(v.input(2), kept, v.at);
            v.set(0, multiply(ct, multiply(p, subtract(u, mix, v.at), v.at), v.at));
          }
          if (v.wants(2)) {
            Graph& g = *u.graph;
            const Tensor one = g.constant(1, u.dtype(), v.at);
            const Tensor ones = broadcast_to(one, v.input(2).shape(), v.at);
            const Tensor d = softmax_cross_entropy_gradient(v.input(0), v.input(1), ones,
                                                            v.attributes.number, v.at);
            v.set(2, sum(multiply(u, d, v.at), {-1}, KeepDims::no, v.at));
          }
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{5}).value; },
    .in_place = 1,
    .kernels = &Kernels<SoftmaxCrossEntropyGradientKernel>::table,
    .doc = {"f[...,K], i[...], f[...] -> f[...,K]", "5 per logit"}};

/// Returns the gradient of the per-sample loss with respect to the logits. f[...,K], i[...], f[...]
/// -> f[...,K].
constexpr Tensor softmax_cross_entropy_gradient(Tensor logits, Tensor labels, Tensor cotangent,
                                                double smoothing, Location at) {
  Attributes attributes;
  attributes.number = smoothing;
  attributes.integers[0] = labels.dtype() == i64 ? 1 : 0;
  return graph_of(logits, softmax_cross_entropy_gradient_op, at)
      .append(softmax_cross_entropy_gradient_op, {logits, labels, cotangent}, attributes, at);
}

}  // namespace foregraph

namespace foregraph::nn {

/// Returns the cross-entropy with label smoothing (Szegedy and others, Rethinking the Inception
/// Architecture, 2016): each label stands for the distribution (1 - smoothing) one_hot(label) +
/// smoothing / K. Mean over all rows. f[...,K], i[...] -> f[].
[[nodiscard]] constexpr Tensor softmax_cross_entropy_smoothed(Tensor logits, Tensor labels,
                                                              double smoothing,
                                                              Location at = Location::current()) {
  Graph& g = graph_of(logits, softmax_cross_entropy_op, at);
  if (!(smoothing >= 0 && smoothing < 1))
    return g.fail(fault::label_smoothing_is_out_of_range, &softmax_cross_entropy_op, at);
  Attributes attributes;
  attributes.integers[0] = labels.dtype() == i64 ? 1 : 0;
  attributes.number = smoothing;
  const Tensor each = g.append(softmax_cross_entropy_op, {logits, labels}, attributes, at);
  return mean(each, {}, KeepDims::no, at);
}

/// Returns the loss of each row, -log softmax(logits)[label], for custom means such as
/// masked_mean(). f[...,K], i[...] -> f[...].
[[nodiscard]] constexpr Tensor softmax_cross_entropy_per_sample(Tensor logits, Tensor labels,
                                                                Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = labels.dtype() == i64 ? 1 : 0;
  return graph_of(logits, softmax_cross_entropy_op, at)
      .append(softmax_cross_entropy_op, {logits, labels}, attributes, at);
}

/// Returns the mean over all rows of -log softmax(logits)[label]. f[batch,classes], i[batch] ->
/// f[], or with more axes in both, e.g. f[batch,time,classes] with i[batch,time].
[[nodiscard]] constexpr Tensor softmax_cross_entropy(Tensor logits, Tensor labels,
                                                     Location at = Location::current()) {
  return softmax_cross_entropy_smoothed(logits, labels, 0, at);
}

}  // namespace foregraph::nn

namespace foregraph {

FOREGRAPH_REGISTER_KERNEL(softmax_cross_entropy_op, SoftmaxCrossEntropyKernel)
FOREGRAPH_REGISTER_KERNEL(softmax_cross_entropy_gradient_op, SoftmaxCrossEntropyGradientKernel)

}  // namespace foregraph
