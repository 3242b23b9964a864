#pragma once

#include <vector>

#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// The errors a plan can have; plan_memory() must never cause any.
enum class Violation : std::uint8_t {
  none,
  value_is_read_before_it_is_made,
  value_was_overwritten,         ///< another node's bytes are where a task reads `node`
  overwritten_while_still_read,  ///< a task writes over an operand it reads in another order
  workspace_overlaps,            ///< a kernel's workspace overlaps its result
  out_of_bounds,
  misaligned,
  result_is_missing,  ///< the loss, an output or an updated variable is not in place at the end
  task_is_missing,
  thread_lacks_workspace  ///< the workspaces of the other threads are too small for `node`
};

/// The result of validate().
struct PlanCheck {
  /// What is wrong, or none.
  Violation violation = Violation::none;
  std::int32_t step = 0;  ///< position in the order
  /// The node concerned, if there is one.
  NodeId node = no_node;

  /// Returns true if nothing is wrong.
  [[nodiscard]] constexpr bool ok() const { return violation == Violation::none; }
};

namespace planning {

/// The node that owns each byte while the step runs.
class Ownership {
 public:
  constexpr void write(Segment segment, std::int64_t begin, std::int64_t bytes, NodeId node) {
    std::size_t kept = 0;
    for (const Piece& p : pieces_)
      if (p.segment != segment || p.begin + p.bytes <= begin || begin + bytes <= p.begin)
        pieces_[kept++] = p;
    pieces_.resize(kept);
    pieces_.push_back({segment, begin, bytes, node});
  }
  [[nodiscard]] constexpr bool owns(Segment segment, std::int64_t begin, NodeId node) const {
    for (const Piece& p : pieces_)
      if (p.segment == segment && p.begin == begin && p.node == node) return true;
    return false;
  }

 private:
  struct Piece {
    Segment segment;
    std::int64_t begin;
    std::int64_t bytes;
    NodeId node;
  };
  DynamicArray<Piece> pieces_{};
};

}  // namespace planning

/// Validates the plan's offsets for a step of `batch_size` samples by simulating the step: when a
/// task reads a node, that node must still own the bytes. Shares no code with live ranges and
/// placement. O(tasks * live values).
[[nodiscard]] constexpr PlanCheck validate(const Graph& g, const Plan& plan,
                                           std::int64_t batch_size) {
  planning::Ownership memory;
  const auto place_of = [&](NodeId id) { return plan.places[static_cast<std::size_t>(id)]; };
  const auto bytes_of = [&](NodeId id) {
    const Node& node = g.node(id);
    return node.shape.elements().at(batch_size) * bytes_per_element(node.dtype);
  };
  const auto scratch_of = [](NodeId id) { return -2 - id; };
  const auto write = [&](NodeId id, Place where) -> Violation {
    const std::int64_t size = where.segment == Segment::variables ? plan.variables_bytes
                              : where.segment == Segment::sums    ? plan.sums_bytes
                              : where.segment == Segment::inputs  ? plan.slot_bytes
                                                                  : plan.transient_bytes;
    if (where.segment == Segment::none || where.offset < 0 || where.offset + bytes_of(id) > size)
      return Violation::out_of_bounds;
    if (where.offset % alignment_bytes != 0) return Violation::misaligned;
    memory.write(where.segment, where.offset, bytes_of(id), id);
    return Violation::none;
  };
  for (const Variable& v : g.variables)
    if (const Violation x = write(v.node, place_of(v.node)); x != Violation::none)
      return {x, 0, v.node};
  for (const NodeId id : g.inputs)
    if (const Violation x = write(id, place_of(id)); x != Violation::none) return {x, 0, id};

  DynamicArray<char> made(static_cast<std::size_t>(g.size()), 0);
  for (NodeId id = 0; id < g.size(); ++id)
    if (plan.tasks.task_of[static_cast<std::size_t>(id)] < 0)
      made[static_cast<std::size_t>(id)] = 1;
  std::int32_t step = 0;
  for (const std::int32_t task_index : plan.order.tasks) {
    const Task& task = plan.tasks.list[static_cast<std::size_t>(task_index)];
    PlanCheck failed;
    // Write the workspace before checking the operands, so that an overlap is found.
    NodeId scratch = no_node;
    if (task.kind == Task::Kind::op) {
      const NodeId op = plan.tasks.members_of(task).front();
      const std::int64_t bytes = planning::workspace_bytes_of(g, op).at(batch_size);
      const Place where = plan.workspaces[static_cast<std::size_t>(op)];
      if (bytes > 0) {
        if (where.segment != Segment::transient || where.offset < 0 ||
            where.offset + bytes > plan.transient_bytes)
          return {Violation::out_of_bounds, step, op};
        if (where.offset % alignment_bytes != 0) return {Violation::misaligned, step, op};
        scratch = op;
        memory.write(where.segment, where.offset, bytes, scratch_of(op));
        const std::int64_t others = plan.options.threads - 1;
        if (g.node(op).op->workspace_per_thread && others > 0 &&
            plan.thread_bytes / others / alignment_bytes * alignment_bytes < bytes)
          return {Violation::thread_lacks_workspace, step, op};
      }
    }
    for_each_read(g, plan.tasks, task_index, [&](NodeId root, NodeId seen, bool same_index) {
      // Element i of a view with an offset is another element of its root.
      same_index = same_index && planning::offset_in_root(g, seen, batch_size) == 0;
      const Place from = place_of(root);
      if (made[static_cast<std::size_t>(root)] == 0)
        failed = {Violation::value_is_read_before_it_is_made, step, root};
      else if (!memory.owns(from.segment, from.offset, root))
        failed = {Violation::value_was_overwritten, step, root};
      if (task.kind == Task::Kind::copy || same_index) return;
      for (const NodeId id : plan.tasks.members_of(task)) {
        if (plan.tasks.stored[static_cast<std::size_t>(id)] == 0) continue;
        const Place to = place_of(id);
        if (to.segment != from.segment || to.offset + bytes_of(id) <= from.offset ||
            from.offset + bytes_of(root) <= to.offset)
          continue;
        bool allowed = false;
        int uses = 0;
        const auto inputs = g.inputs_of(id);
        for (std::size_t i = 0; i < inputs.size(); ++i)
          if (planning::storage_root(g, inputs[i]) == root) {
            ++uses;
            allowed = ((g.node(id).op->in_place >> i) & 1U) != 0;
          }
        if (task.kind == Task::Kind::region || !allowed || uses != 1 || to.offset != from.offset)
          failed = {Violation::overwritten_while_still_read, step, root};
      }
    });
    if (!failed.ok()) return failed;
    if (task.kind == Task::Kind::copy) {
      const NodeId to = g.variables[static_cast<std::size_t>(task.variable)].node;
      if (const Violation x = write(task.first_member, place_of(to)); x != Violation::none)
        return {x, step, to};
    } else {
      for (const NodeId id : plan.tasks.members_of(task)) {
        made[static_cast<std::size_t>(id)] = 1;
        if (plan.tasks.stored[static_cast<std::size_t>(id)] == 0) continue;
        if (const Violation x = write(id, place_of(id)); x != Violation::none) return {x, step, id};
      }
    }
    if (scratch != no_node &&
        !memory.owns(Segment::transient, plan.workspaces[static_cast<std::size_t>(scratch)].offset,
                     scratch_of(scratch)))
      return {Violation::workspace_overlaps, step, scratch};
    ++step;
  }

  for (NodeId id = 0; id < g.size(); ++id)
    if (made[static_cast<std::size_t>(id)] == 0) return {Violation::task_is_missing, step, id};
  const auto in_place = [&](NodeId id) {
    const NodeId root = planning::storage_root(g, id);
    return memory.owns(place_of(root).segment, place_of(root).offset, root);
  };
  if (g.loss != no_node && !in_place(g.loss)) return {Violation::result_is_missing, step, g.loss};
  for (const NodeId id : g.outputs)
    if (!in_place(id)) return {Violation::result_is_missing, step, id};
  for (const Update& u : g.updates) {
    const NodeId variable = g.variables[static_cast<std::size_t>(u.variable)].node;
    const Place at = place_of(variable);
    if (!memory.owns(at.segment, at.offset, planning::storage_root(g, u.value)) &&
        !memory.owns(at.segment, at.offset, u.value))
      return {Violation::result_is_missing, step, variable};
  }
  return {};
}

/// Checks a plan at its batch size, with code that shares nothing with the planner. O(n^2) in the
/// number of buffers.
[[nodiscard]] constexpr PlanCheck validate(const Graph& g, const Plan& plan) {
  return validate(g, plan, plan.batch);
}

}  // namespace foregraph
