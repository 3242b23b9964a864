#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/one_axis.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/sum_product.hpp>

namespace foregraph {

namespace detail {

constexpr Inferred infer_softmax(std::span<const Operand> in, const Attributes& attributes) {
  if (in[0].shape.rank < 1) return Inferred::failed(fault::rank_is_wrong);
  if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
  return elementwise::same_floating(in, attributes);
}
constexpr Dim softmax_flops(std::span<const Operand> in, const Operand&, const Attributes&) {
  return multiply(in[0].shape.elements(), Dim{5}).value;
}
}  // namespace detail

/// softmax along an axis: exp(x - max) / sum(exp(x - max)). T[S] -> T[S] for T in f32, f64.
/// Backward keeps the output. In place. Causal, for attention scores T[...,T,S]: query i attends to
/// the keys j <= i + S - T; hidden elements become exactly 0, even if that is the whole row. Hidden
/// scores are not read and may have any value. Attributes: integers[0] is the axis, [1] is 1 if it
/// is causal (then the axis is the last).
struct SoftmaxKernel;

FOREGRAPH_EXPORT inline constexpr OpDef softmax_op{
    .name = "softmax",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (attributes.integers[1] != 0 && in[0].shape.rank < 2)
            return Inferred::failed(fault::rank_is_wrong);
          return detail::infer_softmax(in, attributes);
        },
    .vjp =
        [](Vjp& v) {  // if causal, hidden elements have y = 0 and so no gradient
          const Tensor total =
              sum_product(v.cotangent, v.output, {one_axis::of(v.attributes)}, KeepDims::yes, v.at);
          v.set(0, multiply(v.output, subtract(v.cotangent, total, v.at), v.at));
        },
    .flops = detail::softmax_flops,
    .samples =
        [](std::span<const Operand> in, const Attributes& attributes, int operand, int axis) {
          const bool is_position = attributes.integers[1] != 0 && axis + 2 == in[0].shape.rank;
          return is_position ? SampleUse::mixed
                             : samples::of_other_axes(in, attributes, operand, axis);
        },
    .in_place = 1,
    .kernels = &Kernels<SoftmaxKernel>::table,
    .doc = {"f[S] -> f[S]", "5 per element"}};

/// Returns exp(x) / sum(exp(x)) along `axis`, stable for any x. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor softmax(Tensor x, int axis = -1, Location at = Location::current()) {
  return graph_of(x, softmax_op, at)
      .append(softmax_op, {x}, one_axis::attributes(axis, x.shape()), at);
}
/// Returns the softmax over the last axis of attention scores f[...,T,S], restricted to the keys
/// each query may attend to.
[[nodiscard]] constexpr Tensor causal_softmax(Tensor scores, Location at = Location::current()) {
  Attributes attributes = one_axis::attributes(-1, scores.shape());
  attributes.integers[1] = 1;
  return graph_of(scores, softmax_op, at).append(softmax_op, {scores}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(softmax_op, SoftmaxKernel)

}  // namespace foregraph
