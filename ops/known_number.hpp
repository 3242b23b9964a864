#pragma once

#include <foregraph/ops/elementwise.hpp>

namespace foregraph {

namespace elementwise {

/// The number `t` is, after any broadcast, if it is a constant of the graph.
struct KnownNumber {
  bool known = false;
  double value = 0;
};
[[nodiscard]] constexpr KnownNumber known_number(Tensor t) {
  const Graph& g = *t.graph;
  while (g.node(t.id).op->kind == OpKind::broadcast) t.id = g.inputs_of(t.id)[0];
  if (g.node(t.id).op->kind != OpKind::constant) return {};
  return {true, g.node(t.id).attributes.number};
}
[[nodiscard]] constexpr bool is_known_positive(Tensor t) {
  const KnownNumber number = known_number(t);
  return number.known && number.value > 0;
}

}  // namespace elementwise

}  // namespace foregraph
