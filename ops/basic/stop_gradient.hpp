#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>

namespace foregraph {

/// stop_gradient: x, with no gradient flowing through it. T[S] -> T[S] for every T. A view: it
/// costs nothing, and is removed after differentiation.
FOREGRAPH_EXPORT inline constexpr OpDef stop_gradient_op{
    .name = "stop_gradient",
    .kind = OpKind::view,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp = zero_gradient,
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .simplify =
        [](Tensor t) {
          return Tensor{t.graph, t.graph->inputs_of(t.id)[0]};
        },
    .doc = {"T[S] -> T[S]", "none"}};

/// Returns x, through which no gradient flows. T[S] -> T[S]. Costs nothing.
[[nodiscard]] constexpr Tensor stop_gradient(Tensor x, Location at = Location::current()) {
  return graph_of(x, stop_gradient_op, at).append(stop_gradient_op, {x}, {}, at);
}

FOREGRAPH_REGISTER_OP(stop_gradient_op)

}  // namespace foregraph
