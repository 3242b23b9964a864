#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>

namespace foregraph {

/// when_training: `training` in a training step, `evaluation` in evaluation and prediction. Both
/// T[S], for every T. Resolved before planning (passes::resolve_mode), so the branch of the other
/// mode costs nothing.
constexpr Tensor when_training(Tensor training, Tensor evaluation,
                               Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef when_training_op{
    .name = "when_training",
    .kind = OpKind::mode,
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
          if (in[0].shape != in[1].shape) return Inferred::failed(fault::shapes_differ);
          return Inferred{in[0].shape, in[0].dtype};
        },
    // Each operand receives the cotangent only in its mode.
    .vjp =
        [](Vjp& v) {
          Graph& g = *v.output.graph;
          const Tensor zero = g.constant(0, v.output.dtype(), v.at);
          const Tensor zeros_like = broadcast_to(zero, v.output.shape(), v.at);
          v.set(0, when_training(v.cotangent, zeros_like, v.at));
          v.set(1, when_training(zeros_like, v.cotangent, v.at));
        },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .doc = {"T[S], T[S] -> T[S]", "none"}};

[[nodiscard]] constexpr Tensor when_training(Tensor training, Tensor evaluation, Location at) {
  return graph_of(training, when_training_op, at)
      .append(when_training_op, {training, evaluation}, {}, at);
}

FOREGRAPH_REGISTER_OP(when_training_op)

}  // namespace foregraph
