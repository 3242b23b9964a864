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

FOREGRAPH_EXPORT inline constexpr OpDef dropout_op{
    .name = "dropout",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (!is_floating(in[0].dtype) || in[1].dtype != i64)
            return Inferred::failed(fault::dtype_is_not_supported);
          if (in[1].shape.rank != 0) return Inferred::failed(fault::rank_is_wrong);
          if (!(attributes.number >= 0 && attributes.number < 1))
            return Inferred::failed(fault::dropout_rate_is_out_of_range);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const OpDef& self = *v.output.graph->node(v.output.id).op;
          v.set(0, v.output.graph->append(self, {v.cotangent, v.input(1)}, v.attributes, v.at));
        },
    .in_place = 1,
    .kernels = &Kernels<DropoutKernel>::table,
    .doc = {"f[S], i64[] -> f[S]", "1 per element"}};

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
/// changes with each step and is reproduced when training is repeated. Dropouts with equal seeds
/// (from 0 on) and equal sizes share one mask.
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

}  // namespace foregraph
