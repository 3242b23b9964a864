#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/planner/bytes.hpp>
#include <foregraph/planner/order.hpp>
#include <foregraph/planner/placement.hpp>

namespace foregraph {

struct PlanOptions {
  /// Slots for batches: one, and one more for each batch the pipeline prefetches.
  std::int64_t input_buffers = 1;
};

/// The three parts of the arena, in this order.
enum class Segment : std::uint8_t { none, variables, inputs, transient };

/// Where a node's value is. Input offsets are within one slot.
struct Place {
  Segment segment = Segment::none;
  std::int64_t offset = 0;
};

/// A piece of transient memory; several nodes in a row may use it if each overwrites its operand.
struct Buffer {
  LiveRange range{};  ///< steps are positions in the order
  std::int64_t offset = 0;
  NodeId first_node = no_node;
  bool is_workspace = false;  ///< scratch memory of the one call that computes `first_node`
};

/// What the bytes at the peak are used for. Their sum is the lower bound; with the gap it is the
/// arena.
struct Breakdown {
  std::int64_t parameters_bytes = 0;  ///< and what else the model keeps from step to step
  std::int64_t optimizer_state_bytes = 0;
  std::int64_t inputs_bytes = 0;
  std::int64_t activations_bytes = 0;  ///< made by the forward pass
  std::int64_t gradients_bytes = 0;    ///< made by the backward pass
  std::int64_t workspace_bytes = 0;    ///< made by the update, and scratch memory of kernels
};

/// The memory of one step at one batch size. Its offsets also serve every smaller batch.
struct Plan {
  std::int64_t batch = 0;
  PlanOptions options{};
  Tasks tasks{};
  Order order{};
  std::vector<Place> places{};            ///< by node: of storage roots
  std::vector<std::int32_t> buffer_of{};  ///< by node: index into `buffers`, or -1
  std::vector<Place> workspaces{};        ///< by node: scratch memory of its kernel
  std::vector<Buffer> buffers{};

  std::int64_t variables_bytes = 0;
  std::int64_t slot_bytes = 0;       ///< one batch of inputs
  std::int64_t transient_bytes = 0;  ///< as placed
  std::int64_t transient_lower_bound_bytes = 0;
  std::int32_t peak_step = 0;  ///< a position in the order at which most is alive
  Breakdown at_peak{};

  [[nodiscard]] constexpr std::int64_t inputs_bytes() const {
    return slot_bytes * options.input_buffers;
  }
  [[nodiscard]] constexpr Bytes peak() const {
    return {variables_bytes + inputs_bytes() + transient_bytes};
  }
  [[nodiscard]] constexpr Bytes lower_bound() const {
    return {variables_bytes + inputs_bytes() + transient_lower_bound_bytes};
  }
  /// What placement loses against the lower bound.
  [[nodiscard]] constexpr Bytes gap() const { return peak() - lower_bound(); }
};

namespace planning {

[[nodiscard]] constexpr Dim bytes_of(const Node& node) {
  return multiply(node.shape.elements(), Dim{bytes_per_element(node.dtype)}).value;
}
[[nodiscard]] constexpr std::int64_t buffer_bytes(const Node& node, std::int64_t batch_size) {
  return align_up(bytes_of(node).at(batch_size));
}

/// Scratch memory the kernel of `id` asks for, affine in the batch.
[[nodiscard]] constexpr Dim workspace_bytes_of(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  if (node.op->workspace_bytes == nullptr) return Dim{0};
  std::vector<Operand> operands;
  for (const NodeId input : g.inputs_of(id))
    operands.push_back({g.node(input).shape, g.node(input).dtype});
  return node.op->workspace_bytes(operands, {node.shape, node.dtype}, node.attributes);
}

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

/// Position at which each stored value is made and last read; `count` for what must outlive the
/// step.
struct Lives {
  std::vector<std::int32_t> last{};  ///< by storage root
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

/// Gives variables and inputs their places; the order of declaration is the order in memory, so
/// that a program which uses only the first variables agrees with one that has more.
constexpr void place_interface(const Graph& g, Plan& plan) {
  for (const Variable& v : g.variables) {
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
  plan.at_peak.inputs_bytes = plan.inputs_bytes();
}

/// Live ranges of the transient buffers. A result takes over the buffer of an operand that dies
/// at its task, where the op allows that.
constexpr void form_buffers(const Graph& g, Plan& plan) {
  const Lives lives = lives_of(g, plan.tasks, plan.order);
  std::vector<NodeId> dying;
  for (std::size_t p = 0; p < plan.order.tasks.size(); ++p) {
    const auto position = static_cast<std::int32_t>(p);
    const std::int32_t task_index = plan.order.tasks[p];
    const Task& task = plan.tasks.list[static_cast<std::size_t>(task_index)];
    if (task.kind == Task::Kind::copy) continue;
    dying.clear();
    for_each_read(g, plan.tasks, task_index, [&](NodeId root, NodeId, bool) {
      const auto r = static_cast<std::size_t>(root);
      if (lives.last[r] != position || plan.buffer_of[r] < 0) return;
      for (const NodeId seen : dying)
        if (seen == root) return;
      dying.push_back(root);
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
      for (NodeId& from : dying) {
        if (from == no_node || !may_overwrite(g, plan.tasks, task_index, id, from)) continue;
        taken = plan.buffer_of[static_cast<std::size_t>(from)];
        from = no_node;
        break;
      }
      if (taken < 0) {
        taken = static_cast<std::int32_t>(plan.buffers.size());
        plan.buffers.push_back({{position, end, buffer_bytes(g.node(id), plan.batch)}, 0, id});
      }
      plan.buffers[static_cast<std::size_t>(taken)].range.last = end;
      plan.buffer_of[i] = taken;
    }
    if (task.kind != Task::Kind::op) continue;
    const NodeId op = plan.tasks.members_of(task).front();
    if (const std::int64_t bytes = workspace_bytes_of(g, op).at(plan.batch); bytes > 0)
      plan.buffers.push_back({{position, position + 1, align_up(bytes)}, 0, op, true});
  }
}

/// Sums what is alive at the peak step by the phase that made it.
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

}  // namespace planning

/// Throws BatchError. Not constexpr: in the compiler, the call is the error message.
[[noreturn]] void memory_of_a_step_does_not_fit_64_bits(std::int64_t batch_size);

namespace planning {
/// Whether all values together, each rounded up, have a size that 64 bits can tell.
[[nodiscard]] constexpr bool sizes_fit_64_bits(const Graph& g, std::int64_t batch_size,
                                               std::int64_t input_buffers) {
  std::int64_t total = 0;
  bool overflow = false;
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    const Dim elements = node.shape.elements();
    const std::int64_t copies = node.op->kind == OpKind::input ? input_buffers : 1;
    std::int64_t bytes = 0;
    overflow |= __builtin_mul_overflow(elements.per_sample, batch_size, &bytes);
    overflow |= __builtin_add_overflow(bytes, elements.constant, &bytes);
    overflow |= __builtin_mul_overflow(bytes, bytes_per_element(node.dtype) * copies, &bytes);
    overflow |= __builtin_add_overflow(bytes, copies * alignment_bytes, &bytes);
    overflow |= __builtin_add_overflow(total, bytes, &total);
    if (node.op->workspace_bytes == nullptr) continue;
    const Dim workspace = workspace_bytes_of(g, id);
    overflow |= __builtin_mul_overflow(workspace.per_sample, batch_size, &bytes);
    overflow |= __builtin_add_overflow(bytes, workspace.constant + alignment_bytes, &bytes);
    overflow |= __builtin_add_overflow(total, bytes, &total);
  }
  return !overflow;
}
}  // namespace planning

/// Plans the memory of the graph's step at `batch_size` samples: what runs in which order, and
/// where every value is. The same function in the compiler and in the program; O(n log n) but for
/// placement (see place()). `batch_size` is at least 1.
[[nodiscard]] constexpr Plan plan_memory(const Graph& g, std::int64_t batch_size,
                                         PlanOptions options = {}) {
  if (!planning::sizes_fit_64_bits(g, batch_size, options.input_buffers))
    memory_of_a_step_does_not_fit_64_bits(batch_size);
  Plan plan;
  plan.batch = batch_size;
  plan.options = options;
  plan.tasks = form_tasks(g);
  plan.order = order_tasks(g, plan.tasks);
  plan.places.assign(static_cast<std::size_t>(g.size()), {});
  plan.buffer_of.assign(static_cast<std::size_t>(g.size()), -1);
  planning::place_interface(g, plan);
  planning::form_buffers(g, plan);

  std::vector<LiveRange> ranges;
  ranges.reserve(plan.buffers.size());
  for (const Buffer& b : plan.buffers) ranges.push_back(b.range);
  const LowerBound bound = lower_bound_of(ranges);
  const Placement placement = place(ranges);
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
  plan.transient_lower_bound_bytes = bound.bytes;
  plan.peak_step = bound.step;
  planning::break_down(g, plan);
  return plan;
}

}  // namespace foregraph
