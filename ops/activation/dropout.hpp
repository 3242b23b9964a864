#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/when_training.hpp>
#include <foregraph/detail/ops/control/training_step.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind dropout_rate_is_out_of_range{
    "the dropout rate is not in [0, 1)", "the fraction of elements to drop, such as 0.5"};
}  // namespace fault

/// dropout: x[i] / (1 - rate) with probability 1 - rate, else 0. T[S], i64[] -> T[S] for T in f32,
/// f64; the operands are x and the number of the training step. In place.
///
/// Whether an element is kept depends only on the seed, the step and the element's index
/// (random_bits() of base/random.hpp; one draw of 64 bits for two elements), so that the
/// derivative, the same op applied to the cotangent, recomputes the mask instead of storing it.
/// Attributes: integers[0] is the seed, number the rate.
struct DropoutKernel;

/// dropout_of_part: dropout of a part of a batch, with the mask that dropout gives these samples in
/// the whole batch. T[S], i64[], i64[], i64[] -> T[S] for T in f32, f64; the operands are x, the
/// number of the training step, the number of samples of the batch before this part, and that of
/// the whole batch. In place. Attributes: as of dropout; the samples lie along one axis of x, which
/// is a sequence of integers[1] runs that have integers[2] elements of each sample, in order.
struct DropoutOfPartKernel;

namespace detail {
constexpr Inferred infer_dropout(std::span<const Operand> in, const Attributes& attributes) {
  if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  for (const Operand& number : in.subspan(1)) {
    if (number.dtype != i64) return Inferred::failed(fault::dtype_is_not_supported);
    if (number.shape.rank != 0) return Inferred::failed(fault::rank_is_wrong);
  }
  if (!(attributes.number >= 0 && attributes.number < 1))
    return Inferred::failed(fault::dropout_rate_is_out_of_range);
  return {in[0].shape, in[0].dtype};
}
constexpr void vjp_of_dropout(Vjp& v) {
  Graph& g = *v.output.graph;
  const Node& node = g.node(v.output.id);
  DynamicArray<Tensor> operands;
  operands.push_back(v.cotangent);
  for (int i = 1; i < node.arity; ++i) operands.push_back(v.input(i));
  v.set(0, g.append(*node.op, {operands.data(), operands.size()}, v.attributes, v.at));
}
/// A mask can be computed by sample along an axis that has equally many entries for each sample.
constexpr SampleUse samples_of_dropout(std::span<const Operand> in, const Attributes&, int operand,
                                       int axis) {
  return operand == 0 && in[0].shape[axis].constant == 0 ? SampleUse::each_alone : SampleUse::mixed;
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef dropout_op{
    .name = "dropout",
    .arity = 2,
    .infer = detail::infer_dropout,
    .vjp = detail::vjp_of_dropout,
    // In a part of a batch, dropout_of_part replaces the op (compile/masks_of_parts.hpp).
    .samples = detail::samples_of_dropout,
    .in_place = 1,
    .kernels = &Kernels<DropoutKernel>::table,
    .doc = {"f[S], i64[] -> f[S]", "1 per element"}};

FOREGRAPH_EXPORT inline constexpr OpDef dropout_of_part_op{
    .name = "dropout_of_part",
    .arity = 4,
    .infer = detail::infer_dropout,
    .vjp = detail::vjp_of_dropout,
    .samples = detail::samples_of_dropout,
    .in_place = 1,
    .kernels = &Kernels<DropoutOfPartKernel>::table,
    .doc = {"f[S], i64[], i64[], i64[] -> f[S]", "1 per element"}};

/// Appends dropout of x, whose samples are those from `first` on of a batch of `samples` samples.
/// The shape of x must have one axis whose size is a multiple of the batch size.
[[nodiscard]] constexpr Tensor dropout_of_part(Tensor x, Tensor step, Tensor first, Tensor samples,
                                               double rate, std::int64_t seed,
                                               Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = seed;
  attributes.number = rate;
  std::int64_t runs = 1;
  std::int64_t of_a_sample = 1;
  bool found = false;
  for (int axis = 0; axis < x.shape().rank; ++axis) {
    const Dim size = x.shape()[axis];
    if (size.is_constant()) {
      (found ? of_a_sample : runs) *= size.constant;
    } else {
      of_a_sample *= size.per_sample;
      found = true;
    }
  }
  attributes.integers[1] = runs;
  attributes.integers[2] = of_a_sample;
  return graph_of(x, dropout_of_part_op, at)
      .append(dropout_of_part_op, {x, step, first, samples}, attributes, at);
}

/// Requests a unique seed, numbered by the order in which the graph's dropouts are created (-2, -3,
/// ...), so that no two have the same mask.
inline constexpr std::int64_t automatic_seed = -1;

/// Appends dropout with a given step and seed, active in training and evaluation alike.
[[nodiscard]] constexpr Tensor dropout_at_step(Tensor x, double rate, std::int64_t seed,
                                               Tensor step, Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = seed;
  attributes.number = rate;
  return graph_of(x, dropout_op, at).append(dropout_op, {x, step}, attributes, at);
}

/// Drops each element with probability `rate` in training, and scales the others so that the
/// expected value is preserved; the identity in evaluation (Srivastava and others, 2014). The mask
/// changes with each step and is reproduced when training is repeated, also in micro-batches.
/// Dropouts with equal seeds (from 0 on) and equal sizes share one mask.
[[nodiscard]] constexpr Tensor dropout(Tensor x, double rate, std::int64_t seed = automatic_seed,
                                       Location at = Location::current()) {
  Graph& g = graph_of(x, dropout_op, at);
  if (seed == automatic_seed) {
    std::int64_t before = 0;
    for (NodeId id = 0; id < g.size(); ++id)
      if (g.node(id).op == &dropout_op && g.node(id).phase == Phase::forward) ++before;
    seed = -2 - before;
  }
  const Tensor step = training_step(g, at);
  const Tensor dropped = dropout_at_step(x, rate, seed, step, at);
  return when_training(dropped, x, at);
}

FOREGRAPH_REGISTER_KERNEL(dropout_op, DropoutKernel)
FOREGRAPH_REGISTER_KERNEL(dropout_of_part_op, DropoutOfPartKernel)

}  // namespace foregraph
