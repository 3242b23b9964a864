#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <foregraph/detail/planner/plan.hpp>

/// What is in memory when, over the tasks of a step: the facts that pictures of a plan are made of.
/// At run time only. Everywhere `plan` is a plan of the graph given with it.
namespace foregraph {

/// What bytes are used for, by the rules of Breakdown, whose fields come in the same order.
enum class MemoryCategory : std::uint8_t {
  parameters,
  optimizer_state,
  inputs,
  activations,
  gradients,
  workspace
};
inline constexpr std::size_t memory_categories = 6;
using BytesByCategory = std::array<std::int64_t, memory_categories>;

/// "parameters", "optimizer state", "input buffers", "activations", "gradients", "workspace".
[[nodiscard]] std::string_view name_of(MemoryCategory category);
[[nodiscard]] std::int64_t sum_of(const BytesByCategory& bytes);
[[nodiscard]] BytesByCategory by_category(const Breakdown& breakdown);

/// One task of the step.
struct TimelineStep {
  NodeId node = no_node;    ///< whose value the task makes, the last if it makes several
  std::uint8_t phases = 0;  ///< of the task's nodes; test with has()
  BytesByCategory alive{};  ///< bytes in use while the task runs

  [[nodiscard]] bool has(Phase phase) const { return (phases >> static_cast<int>(phase) & 1) != 0; }
};

/// A value in a block of memory, from step `first` up to but without step `last`.
struct TensorLife {
  NodeId node = no_node;
  std::int32_t first = 0;
  std::int32_t last = 0;
  bool is_workspace = false;  ///< scratch memory of the kernel that computes `node`
};

/// A rectangle of the arena over the step: in use from step `first` up to but without step `last`,
/// `bytes` from byte `offset` on. Blocks never overlap.
struct MemoryBlock {
  Segment segment = Segment::transient;
  std::int32_t first = 0;
  std::int32_t last = 0;
  std::int64_t offset =
      0;  ///< from the begin of the arena: variables, input slots, transient, sums
  std::int64_t bytes = 0;
  MemoryCategory category = MemoryCategory::activations;
  /// One after the other; together they cover the block's life. The block for the input slots of
  /// prefetched batches has all inputs, alive at once.
  std::vector<TensorLife> tensors{};
};

struct MemoryTimeline {
  /// In the order of the plan. A step that computes nothing has one, without a node.
  std::vector<TimelineStep> steps{};
  std::vector<MemoryBlock> blocks{};  ///< variables, inputs, then Plan::buffers in their order
};

/// The memory of a step over time. At the plan's peak step the sums by category are those of
/// Plan::at_peak, and no step has more bytes than the plan's lower bound.
/// O(nodes + edges + steps + buffers).
[[nodiscard]] MemoryTimeline memory_timeline(const Graph& step_graph, const Plan& plan);

}  // namespace foregraph
