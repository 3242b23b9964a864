#pragma once

#include <foregraph/detail/ops/basic/broadcast.hpp>

namespace foregraph::passes {

/// Where a variable is to become the old value of another, makes that a value of its own; else it
/// would be copied at the end of the step, when the other may have its new value already.
constexpr void separate_updates(Graph& g) {
  for (Update& u : g.updates) {
    NodeId root = u.value;
    while (g.node(root).op->kind == OpKind::view) root = g.inputs_of(root)[0];
    if (const std::int32_t v = g.variable_index(root); v < 0 || v == u.variable) continue;
    u.value = broadcast_to(g.tensor(u.value), g.node(u.value).shape, g.node(u.value).at).id;
  }
}

}  // namespace foregraph::passes
