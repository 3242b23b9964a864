#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>

namespace foregraph {

/// reshape: the same elements, row-major, under another shape. T[S] -> T[S'] for every T, with
/// equal numbers of elements for every batch size. A view: it costs no memory and no time.
constexpr Tensor reshape(Tensor x, Shape shape, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef reshape_op{
    .name = "reshape",
    .kind = OpKind::view,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const Product to = attributes.shape.element_product();
          if (to.fault != SizeFault::none || in[0].shape.elements() != to.value)
            return Inferred::failed(fault::sizes_differ);
          return Inferred{attributes.shape, in[0].dtype};
        },
    .vjp = [](Vjp& v) { v.set(0, reshape(v.cotangent, v.input(0).shape(), v.at)); },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .simplify =
        [](Tensor t) {
          const Tensor inner{t.graph, t.graph->inputs_of(t.id)[0]};
          if (inner.shape() == t.shape()) return inner;
          if (t.graph->node(inner.id).op != t.graph->node(t.id).op) return t;
          return reshape({t.graph, t.graph->inputs_of(inner.id)[0]}, t.shape(),
                         t.graph->node(t.id).at);
        },
    .doc = {"T[S] -> T[S'], same number of elements", "none"}};

[[nodiscard]] constexpr Tensor reshape(Tensor x, Shape shape, Location at) {
  Attributes attributes;
  attributes.shape = shape;
  return graph_of(x, reshape_op, at).append(reshape_op, {x}, attributes, at);
}

FOREGRAPH_REGISTER_OP(reshape_op)

}  // namespace foregraph
