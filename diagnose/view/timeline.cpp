#include <algorithm>
#include <foregraph/detail/diagnose/view/timeline.hpp>
#include <numeric>

namespace foregraph {
namespace {

std::size_t index(MemoryCategory category) {
  return static_cast<std::size_t>(category);
}
std::size_t index(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

MemoryCategory category_of(const Graph& g, const Buffer& buffer) {
  if (buffer.is_workspace) return MemoryCategory::workspace;
  switch (g.node(buffer.first_node).phase) {
    case Phase::forward:
      return MemoryCategory::activations;
    case Phase::backward:
      return MemoryCategory::gradients;
    case Phase::update:
      break;
  }
  return MemoryCategory::workspace;
}

/// Adds variables and inputs, which are live during the whole step.
void add_interface(const Graph& g, const Plan& plan, MemoryTimeline& timeline) {
  const auto count = static_cast<std::int32_t>(timeline.steps.size());
  const std::int64_t sums_begin = plan.variables_bytes + plan.inputs_bytes() + plan.transient_bytes;
  for (const Variable& v : g.variables)
    timeline.blocks.push_back({v.is_sum ? Segment::sums : Segment::variables,
                               0,
                               count,
                               (v.is_sum ? sums_begin : 0) + plan.places[index(v.node)].offset,
                               planning::buffer_bytes(g.node(v.node), plan.batch),
                               v.is_sum ? MemoryCategory::gradients
                               : g.node(v.node).phase == Phase::update
                                   ? MemoryCategory::optimizer_state
                                   : MemoryCategory::parameters,
                               {{v.node, 0, count}}});
  MemoryBlock prefetched{Segment::inputs,
                         0,
                         count,
                         plan.variables_bytes + plan.slot_bytes,
                         plan.slot_bytes * (plan.options.input_buffers - 1),
                         MemoryCategory::inputs};
  for (const NodeId id : g.inputs) {
    timeline.blocks.push_back({Segment::inputs,
                               0,
                               count,
                               plan.variables_bytes + plan.places[index(id)].offset,
                               planning::buffer_bytes(g.node(id), plan.batch),
                               MemoryCategory::inputs,
                               {{id, 0, count}}});
    prefetched.tensors.push_back({id, 0, count});
  }
  if (prefetched.bytes > 0) timeline.blocks.push_back(prefetched);
}

/// Adds the workspaces of the threads after the first. Comes after the buffers, whose blocks are
/// found by their index.
void add_threads(const Graph& g, const Plan& plan, MemoryTimeline& timeline) {
  if (plan.thread_bytes == 0) return;
  const auto count = static_cast<std::int32_t>(timeline.steps.size());
  const NodeId op = planning::op_with_thread_workspace(g, plan.batch);
  timeline.blocks.push_back(
      {Segment::threads,
       0,
       count,
       plan.variables_bytes + plan.inputs_bytes() + plan.transient_bytes + plan.sums_bytes,
       plan.thread_bytes,
       MemoryCategory::workspace,
       {{op, 0, count, true}}});
}

void add_buffers(const Graph& g, const Plan& plan, MemoryTimeline& timeline) {
  const auto count = static_cast<std::int32_t>(timeline.steps.size());
  const std::size_t before = timeline.blocks.size();
  for (const Buffer& b : plan.buffers) {
    // A buffer that outlives the step has a range one longer than the step.
    const std::int32_t last = std::min(b.range.last, count);
    timeline.blocks.push_back({Segment::transient,
                               b.range.first,
                               last,
                               plan.variables_bytes + plan.inputs_bytes() + b.offset,
                               b.range.bytes,
                               category_of(g, b),
                               {}});
    if (b.is_workspace)
      timeline.blocks.back().tensors.push_back({b.first_node, b.range.first, last, true});
  }
  for (std::int32_t step = 0; step < static_cast<std::int32_t>(plan.order.tasks.size()); ++step) {
    const Task& task = plan.tasks.list[index(plan.order.tasks[index(step)])];
    if (task.kind == Task::Kind::copy) continue;
    for (const NodeId id : plan.tasks.members_of(task)) {
      const std::int32_t b = plan.buffer_of[index(id)];
      if (b < 0) continue;
      MemoryBlock& block = timeline.blocks[before + index(b)];
      if (!block.tensors.empty()) block.tensors.back().last = step;  // overwritten
      block.tensors.push_back({id, step, block.last});
    }
  }
}

}  // namespace

std::string_view name_of(MemoryCategory category) {
  static constexpr std::array<std::string_view, memory_categories> names{
      "parameters", "optimizer state", "input buffers", "activations", "gradients", "workspace"};
  return names[index(category)];
}

std::int64_t sum_of(const BytesByCategory& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0});
}

BytesByCategory by_category(const Breakdown& b) {
  return {b.parameters_bytes,  b.optimizer_state_bytes, b.inputs_bytes,
          b.activations_bytes, b.gradients_bytes,       b.workspace_bytes};
}

MemoryTimeline memory_timeline(const Graph& g, const Plan& plan) {
  MemoryTimeline timeline;
  const std::size_t tasks = plan.order.tasks.size();
  timeline.steps.resize(std::max<std::size_t>(tasks, 1));
  for (std::size_t s = 0; s < tasks; ++s) {
    const Task& task = plan.tasks.list[index(plan.order.tasks[s])];
    TimelineStep& step = timeline.steps[s];
    const auto mark = [&](Phase phase) {
      step.phases = static_cast<std::uint8_t>(step.phases | 1U << static_cast<unsigned>(phase));
    };
    if (task.kind == Task::Kind::copy) {
      step.node = task.first_member;
      mark(Phase::update);
      continue;
    }
    step.node = plan.tasks.members_of(task).back();
    for (const NodeId id : plan.tasks.members_of(task)) mark(g.node(id).phase);
  }
  add_interface(g, plan, timeline);
  add_buffers(g, plan, timeline);
  add_threads(g, plan, timeline);

  // Each block adds its bytes at its first step and removes them at its last; then running sums.
  std::vector<BytesByCategory> change(timeline.steps.size() + 1);
  for (const MemoryBlock& block : timeline.blocks) {
    change[index(block.first)][index(block.category)] += block.bytes;
    change[index(block.last)][index(block.category)] -= block.bytes;
  }
  BytesByCategory alive{};
  for (std::size_t s = 0; s < timeline.steps.size(); ++s) {
    for (std::size_t c = 0; c < memory_categories; ++c) alive[c] += change[s][c];
    timeline.steps[s].alive = alive;
  }
  return timeline;
}

}  // namespace foregraph
