#pragma once

#include <vector>

#include <foregraph/detail/planner/memory_plan.hpp>
#include <foregraph/detail/planner/tasks/aliasing.hpp>

namespace foregraph::planning {

/// Position in the order of the last read of each stored value; the number of tasks if the value
/// must outlive the step.
struct Lives {
  DynamicArray<std::int32_t> last{};  ///< by storage root
};
[[nodiscard]] constexpr Lives lives_of(const Graph& g, const Tasks& tasks, const Order& order) {
  Lives lives;
  lives.last.assign(static_cast<std::size_t>(g.size()), -1);
  for (std::size_t p = 0; p < order.tasks.size(); ++p)
    for_each_read(g, tasks, order.tasks[p], [&](NodeId root, NodeId, bool) {
      lives.last[static_cast<std::size_t>(root)] = static_cast<std::int32_t>(p);
    });
  const auto keep = [&](NodeId id) {
    if (id != no_node)
      lives.last[static_cast<std::size_t>(storage_root(g, id))] =
          static_cast<std::int32_t>(order.tasks.size());
  };
  keep(g.loss);
  for (const NodeId id : g.outputs) keep(id);
  return lives;
}

/// Places variables and inputs in memory in the order of their declaration, so that a program that
/// uses only the first variables agrees with one that has more.
constexpr void place_interface(const Graph& g, Plan& plan) {
  for (const Variable& v : g.variables) {
    if (v.is_sum) {
      plan.places[static_cast<std::size_t>(v.node)] = {Segment::sums, plan.sums_bytes};
      plan.sums_bytes += buffer_bytes(g.node(v.node), plan.batch);
      continue;
    }
    plan.places[static_cast<std::size_t>(v.node)] = {Segment::variables, plan.variables_bytes};
    const std::int64_t bytes = buffer_bytes(g.node(v.node), plan.batch);
    plan.variables_bytes += bytes;
    (g.node(v.node).phase == Phase::update ? plan.at_peak.optimizer_state_bytes
                                           : plan.at_peak.parameters_bytes) += bytes;
  }
  for (const NodeId id : g.inputs) {
    plan.places[static_cast<std::size_t>(id)] = {Segment::inputs, plan.slot_bytes};
    plan.slot_bytes += buffer_bytes(g.node(id), plan.batch);
  }
  plan.at_peak.gradients_bytes = plan.sums_bytes;
  plan.at_peak.inputs_bytes = plan.inputs_bytes();
  plan.at_peak.other_bytes = plan.options.other_bytes;
  plan.thread_bytes = thread_workspace_bytes(g, plan.batch, plan.options.threads);
  plan.at_peak.workspace_bytes = plan.thread_bytes;
}

/// Forms the transient buffers and their live ranges. A result reuses the buffer of an operand
/// whose last reader is its task, where the op allows this.
constexpr void form_buffers(const Graph& g, Plan& plan) {
  struct Dying {
    NodeId root = no_node;
    bool same_index = true;  ///< only read element by element
  };
  const Lives lives = lives_of(g, plan.tasks, plan.order);
  DynamicArray<Dying> dying;
  for (std::size_t p = 0; p < plan.order.tasks.size(); ++p) {
    const auto position = static_cast<std::int32_t>(p);
    const std::int32_t task_index = plan.order.tasks[p];
    const Task& task = plan.tasks.list[static_cast<std::size_t>(task_index)];
    if (task.kind == Task::Kind::copy) continue;
    dying.clear();
    for_each_read(g, plan.tasks, task_index, [&](NodeId root, NodeId, bool same_index) {
      const auto r = static_cast<std::size_t>(root);
      if (lives.last[r] != position || plan.buffer_of[r] < 0) return;
      for (Dying& seen : dying) {
        if (seen.root != root) continue;
        seen.same_index = seen.same_index && same_index;
        return;
      }
      dying.push_back({root, same_index});
    });
    for (const NodeId id : plan.tasks.members_of(task)) {
      const auto i = static_cast<std::size_t>(id);
      if (plan.tasks.stored[i] == 0) continue;
      if (const std::int32_t v = plan.order.bound_variable[i]; v >= 0) {
        plan.places[i] =
            plan.places[static_cast<std::size_t>(g.variables[static_cast<std::size_t>(v)].node)];
        continue;
      }
      const std::int32_t end = (lives.last[i] > position ? lives.last[i] : position) + 1;
      std::int32_t taken = -1;
      for (Dying& from : dying) {
        if (!plan.options.in_place || from.root == no_node ||
            !may_overwrite(g, task.kind, id, from.root, from.same_index))
          continue;
        taken = plan.buffer_of[static_cast<std::size_t>(from.root)];
        from.root = no_node;
        break;
      }
      if (taken < 0) {
        taken = static_cast<std::int32_t>(plan.buffers.size());
        plan.buffers.push_back({{position, end, buffer_bytes(g.node(id), plan.batch)},
                                0,
                                id,
                                false,
                                bytes_of(g.node(id))});
      }
      plan.buffers[static_cast<std::size_t>(taken)].range.last = end;
      plan.buffer_of[i] = taken;
    }
    if (task.kind != Task::Kind::op) continue;
    const NodeId op = plan.tasks.members_of(task).front();
    const Dim size = workspace_bytes_of(g, op);
    if (const std::int64_t bytes = size.at(plan.batch); bytes > 0)
      plan.buffers.push_back({{position, position + 1, align_up(bytes)}, 0, op, true, size});
  }
}

/// Copies the offsets of `placement` to the plan's buffers and to the values in them.
constexpr void take_placement(const Graph& g, const Placement& placement, Plan& plan) {
  plan.workspaces.assign(static_cast<std::size_t>(g.size()), {});
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    Buffer& buffer = plan.buffers[b];
    buffer.offset = placement.offsets[b];
    if (buffer.is_workspace)
      plan.workspaces[static_cast<std::size_t>(buffer.first_node)] = {Segment::transient,
                                                                      buffer.offset};
  }
  for (std::size_t i = 0; i < plan.places.size(); ++i)
    if (plan.buffer_of[i] >= 0)
      plan.places[i] = {Segment::transient,
                        placement.offsets[static_cast<std::size_t>(plan.buffer_of[i])]};
  plan.transient_bytes = placement.peak_bytes;
}

/// Sums the bytes alive at the peak step by the phase of the value.
constexpr void break_down(const Graph& g, Plan& plan) {
  for (const Buffer& b : plan.buffers) {
    if (b.range.first > plan.peak_step || b.range.last <= plan.peak_step) continue;
    if (b.is_workspace) {
      plan.at_peak.workspace_bytes += b.range.bytes;
      continue;
    }
    switch (g.node(b.first_node).phase) {
      case Phase::forward:
        plan.at_peak.activations_bytes += b.range.bytes;
        break;
      case Phase::backward:
        plan.at_peak.gradients_bytes += b.range.bytes;
        break;
      case Phase::update:
        plan.at_peak.workspace_bytes += b.range.bytes;
        break;
    }
  }
}

}  // namespace foregraph::planning
