#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>

namespace foregraph {

namespace detail {
/// Returns the sum of x over the axes along which a tensor of shape `to` was broadcast to x's
/// shape.
[[nodiscard]] constexpr Tensor sum_to(Tensor x, Shape to, Location at) {
  const Shape from = x.shape();
  Attributes attributes;
  for (int i = 0; i < from.rank; ++i) {
    const int j = i - from.rank + to.rank;
    if (j < 0 || to[j] != from[i]) attributes.integers[0] |= std::int64_t{1} << i;
  }
  const Tensor total = x.graph->append(sum_op, {x}, attributes, at);
  return total.shape() == to ? total : reshape(total, to, at);
}
}  // namespace detail

/// broadcast: repeats x along new leading axes and along axes of size 1, as in NumPy. T[S] -> T[S']
/// for every T. Free inside fused regions, where it only changes how x is loaded; materialised for
/// an op that needs it in memory. Backward keeps nothing.
FOREGRAPH_EXPORT inline constexpr OpDef broadcast_op{
    .name = "broadcast",
    .kind = OpKind::broadcast,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto both = elementwise::broadcast_shapes(in[0].shape, attributes.shape);
          if (!both.ok || both.shape != attributes.shape)
            return Inferred::failed(fault::shapes_do_not_broadcast);
          return Inferred{attributes.shape, in[0].dtype};
        },
    .vjp = [](Vjp& v) { v.set(0, detail::sum_to(v.cotangent, v.input(0).shape(), v.at)); },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .simplify =
        [](Tensor t) {
          const Tensor inner{t.graph, t.graph->inputs_of(t.id)[0]};
          return inner.shape() == t.shape() ? inner : t;
        },
    .doc = {"T[S] -> T[S']", "none"}};

[[nodiscard]] constexpr Tensor broadcast_to(Tensor x, Shape shape, Location at) {
  Attributes attributes;
  attributes.shape = shape;
  return graph_of(x, broadcast_op, at).append(broadcast_op, {x}, attributes, at);
}

FOREGRAPH_REGISTER_OP(broadcast_op)

}  // namespace foregraph
