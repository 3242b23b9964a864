#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>

namespace foregraph {

/// flip: reverses the order along one axis, which may depend on the batch. T[S] -> T[S] for every
/// T. Backward keeps nothing. Attributes: integers[0] axis.
struct FlipKernel;

constexpr Tensor flip(Tensor x, int axis, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef flip_op{
    .name = "flip",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, flip(v.cotangent, static_cast<int>(v.attributes.integers[0]), v.at));
        },
    .flops = detail::no_flops,
    .samples = samples::of_other_axes,
    .simplify =
        [](Tensor t) {
          const Graph& g = *t.graph;
          const Tensor inner{t.graph, g.inputs_of(t.id)[0]};
          if (t.shape()[static_cast<int>(g.node(t.id).attributes.integers[0])].is_one())
            return inner;
          if (g.node(inner.id).op != g.node(t.id).op ||
              !(g.node(inner.id).attributes == g.node(t.id).attributes))
            return t;
          return Tensor{t.graph, g.inputs_of(inner.id)[0]};
        },
    .kernels = &Kernels<FlipKernel>::table,
    .doc = {"T[S] -> T[S]", "none"}};

/// Reverses the order along `axis`. T[S] -> T[S].
[[nodiscard]] constexpr Tensor flip(Tensor x, int axis, Location at) {
  Attributes attributes;
  attributes.integers[0] = detail::axis_from_front(axis, x.shape().rank);
  return graph_of(x, flip_op, at).append(flip_op, {x}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(flip_op, FlipKernel)

}  // namespace foregraph
