#pragma once

#include <foregraph/detail/planner/tasks/sizes.hpp>
#include <foregraph/detail/planner/tasks/tasks.hpp>

namespace foregraph::planning {

/// Returns true if the task that computes `id`, of kind `kind`, may write `id` in place over the
/// operand storage `from`. `same_index` says that the task reads `from` element by element only.
[[nodiscard]] constexpr bool may_overwrite(const Graph& g, Task::Kind kind, NodeId id, NodeId from,
                                           bool same_index) {
  if (kind == Task::Kind::region && !same_index) return false;
  if (bytes_of(g.node(id)) != bytes_of(g.node(from))) return false;
  if ((g.node(id).dtype == boolean) != (g.node(from).dtype == boolean)) return false;
  if (kind == Task::Kind::region) return true;
  int uses = 0;
  bool allowed = false;
  const auto inputs = g.inputs_of(id);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (storage_root(g, inputs[i]) != from) continue;
    ++uses;
    allowed = ((g.node(id).op->in_place >> i) & 1U) != 0;
  }
  return uses == 1 && allowed;
}

}  // namespace foregraph::planning
