#pragma once

#include <foregraph/detail/ops/basic/broadcast.hpp>

namespace foregraph::passes {

/// Copies the old value where a variable is updated to the old value of another variable. Otherwise
/// the copy at the end of the step could read the other variable's new value.
constexpr void separate_updates(Graph& g) {
  for (Update& u : g.updates) {
    NodeId root = u.value;
    while (g.node(root).op->kind == OpKind::view) root = g.inputs_of(root)[0];
    if (const std::int32_t v = g.variable_index(root); v < 0 || v == u.variable) continue;
    u.value = broadcast_to(g.tensor(u.value), g.node(u.value).shape, g.node(u.value).at).id;
  }
}

}  // namespace foregraph::passes
