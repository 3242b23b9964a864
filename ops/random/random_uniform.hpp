#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/ops/control/training_step.hpp>

namespace foregraph {

/// random_uniform: random numbers in [0, 1) in the shape of x. T[S], i64[] -> T[S] for T in f32,
/// f64; the operands are x, whose values are not read, and the number of the training step. In
/// place. No gradient.
///
/// A number depends only on the seed, the step and the element's index (random_bits() of
/// base/random.hpp, with the seed changed by `seed_of_uniform`), so that recomputation gives the
/// same number. Attributes: integers[0] is the seed.
struct RandomUniformKernel;

/// random_uniform_of_part: random_uniform of a part of a batch, with the numbers that these samples
/// have in the whole batch. T[S], i64[], i64[], i64[] -> T[S] for T in f32, f64; the operands are
/// x, the number of the training step, the number of samples of the batch before this part, and
/// that of the whole batch. In place. Attributes: as of random_uniform; the samples lie along one
/// axis of x, which is a sequence of integers[1] runs that have integers[2] elements of each
/// sample, in order.
struct RandomUniformOfPartKernel;

/// Changes seeds, so that numbers are independent of the masks of dropouts with the same seed.
inline constexpr std::uint64_t seed_of_uniform = 0xd1b54a32d192ed03ULL;

namespace detail {
constexpr Inferred infer_random(std::span<const Operand> in, const Attributes&) {
  if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  for (const Operand& number : in.subspan(1)) {
    if (number.dtype != i64) return Inferred::failed(fault::dtype_is_not_supported);
    if (number.shape.rank != 0) return Inferred::failed(fault::rank_is_wrong);
  }
  return {in[0].shape, in[0].dtype};
}
/// A number can be computed by sample along an axis that has equally many entries for each sample.
constexpr SampleUse samples_of_random(std::span<const Operand> in, const Attributes&, int operand,
                                      int axis) {
  return operand == 0 && in[0].shape[axis].constant == 0 ? SampleUse::each_alone : SampleUse::mixed;
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef random_uniform_op{
    .name = "random_uniform",
    .arity = 2,
    .infer = detail::infer_random,
    .vjp = zero_gradient,
    // In a part of a batch, random_uniform_of_part replaces the op (compile/masks_of_parts.hpp).
    .samples = detail::samples_of_random,
    .in_place = 1,
    .kernels = &Kernels<RandomUniformKernel>::table,
    .doc = {"f[S], i64[] -> f[S]", "1 per element"}};

FOREGRAPH_EXPORT inline constexpr OpDef random_uniform_of_part_op{
    .name = "random_uniform_of_part",
    .arity = 4,
    .infer = detail::infer_random,
    .vjp = zero_gradient,
    .samples = detail::samples_of_random,
    .in_place = 1,
    .kernels = &Kernels<RandomUniformOfPartKernel>::table,
    .doc = {"f[S], i64[], i64[], i64[] -> f[S]", "1 per element"}};

/// Appends random_uniform in the shape of x, whose samples are those from `first` on of a batch of
/// `samples` samples. The shape of x must have one axis whose size is a multiple of the batch size.
[[nodiscard]] constexpr Tensor random_uniform_of_part(Tensor x, Tensor step, Tensor first,
                                                      Tensor samples, std::int64_t seed,
                                                      Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = seed;
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
  return graph_of(x, random_uniform_of_part_op, at)
      .append(random_uniform_of_part_op, {x, step, first, samples}, attributes, at);
}

/// Appends random numbers in [0, 1) in the shape of x, with a given seed and step.
[[nodiscard]] constexpr Tensor random_uniform_at_step(Tensor x, std::int64_t seed, Tensor step,
                                                      Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = seed;
  return graph_of(x, random_uniform_op, at).append(random_uniform_op, {x, step}, attributes, at);
}

/// Requests a unique seed, numbered by the order in which the graph's random numbers are created
/// (-2, -3, ...), so that no two are alike.
inline constexpr std::int64_t unique_seed = -1;

/// Returns random numbers in [0, 1) in the shape of x, whose values are not read. T[S] -> T[S] for
/// T in f32, f64. The numbers change with each training step, and not in evaluation. They are
/// reproduced when training is repeated, also in micro-batches. Calls with equal seeds (from 0 on)
/// and sizes give equal numbers. No gradient flows through them.
[[nodiscard]] constexpr Tensor random_uniform(Tensor x, std::int64_t seed = unique_seed,
                                              Location at = Location::current()) {
  Graph& g = graph_of(x, random_uniform_op, at);
  if (seed == unique_seed) {
    std::int64_t before = 0;
    for (NodeId id = 0; id < g.size(); ++id)
      if (g.node(id).op == &random_uniform_op && g.node(id).phase == Phase::forward) ++before;
    seed = -2 - before;
  }
  return random_uniform_at_step(x, seed, training_step(g, at), at);
}

FOREGRAPH_REGISTER_KERNEL(random_uniform_op, RandomUniformKernel)
FOREGRAPH_REGISTER_KERNEL(random_uniform_of_part_op, RandomUniformOfPartKernel)

}  // namespace foregraph
