#pragma once

#include <foregraph/planner/sizes.hpp>
#include <foregraph/planner/tasks.hpp>

namespace foregraph::planning {

/// Whether `id` may be written over operand storage `from` by the task at hand.
[[nodiscard]] constexpr bool may_overwrite(const Graph& g, const Tasks& tasks,
                                           std::int32_t task_index, NodeId id, NodeId from) {
  if (bytes_of(g.node(id)) != bytes_of(g.node(from))) return false;
  if ((g.node(id).dtype == boolean) != (g.node(from).dtype == boolean)) return false;
  bool same_index = true;
  for_each_read(g, tasks, task_index, [&](NodeId root, NodeId, bool same) {
    if (root == from && !same) same_index = false;
  });
  if (tasks.list[static_cast<std::size_t>(task_index)].kind == Task::Kind::region)
    return same_index;
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
