#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/plan.hpp>

/// Memory contents over the tasks of a step, for pictures of a plan. At run time only. Throughout,
/// `plan` is a plan of the graph passed with it.
namespace foregraph {

/// Use of bytes, by the rules of Breakdown, whose fields have the same order.
enum class MemoryCategory : std::uint8_t {
  parameters,
  optimizer_state,
  inputs,
  activations,
  gradients,
  workspace
};
/// Number of values of MemoryCategory.
inline constexpr std::size_t memory_categories = 6;
/// Bytes for each MemoryCategory, in its order.
using BytesByCategory = std::array<std::int64_t, memory_categories>;

/// Returns "parameters", "optimizer state", "input buffers", "activations", "gradients" or
/// "workspace".
[[nodiscard]] FOREGRAPH_EXPORT std::string_view name_of(MemoryCategory category);
/// Returns the sum over all categories.
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t sum_of(const BytesByCategory& bytes);
/// Returns the fields of `breakdown` by category.
[[nodiscard]] FOREGRAPH_EXPORT BytesByCategory by_category(const Breakdown& breakdown);

/// One task of the step.
struct TimelineStep {
  NodeId node = no_node;    ///< the value the task produces, the last one if several
  std::uint8_t phases = 0;  ///< of the task's nodes; test with has()
  BytesByCategory alive{};  ///< bytes in use while the task runs

  /// Returns true if the task has nodes of that phase.
  [[nodiscard]] bool has(Phase phase) const { return (phases >> static_cast<int>(phase) & 1) != 0; }
};

/// A value in a block of memory, live in steps [first, last).
struct TensorLife {
  /// The tensor's node.
  NodeId node = no_node;
  /// First step in which it lives.
  std::int32_t first = 0;
  /// First step in which it does not live any more.
  std::int32_t last = 0;
  bool is_workspace = false;  ///< scratch memory of the kernel that computes `node`
};

/// A rectangle of the arena over the step: live in steps [first, last), with `bytes` bytes from
/// byte `offset` on. Blocks never overlap.
struct MemoryBlock {
  /// Part of the arena.
  Segment segment = Segment::transient;
  /// First step of the block.
  std::int32_t first = 0;
  /// First step after the block.
  std::int32_t last = 0;
  std::int64_t offset =
      0;  ///< from the start of the arena: variables, input slots, transient, sums, threads
  /// Size, in bytes.
  std::int64_t bytes = 0;
  /// Use of the bytes.
  MemoryCategory category = MemoryCategory::activations;
  /// Successive tensors, which together cover the block's life. The block for the input slots of
  /// prefetched batches has all inputs, live at the same time.
  std::vector<TensorLife> tensors{};
};

/// The memory of a step over time.
struct MemoryTimeline {
  /// In plan order. A step that computes nothing has one entry, without a node.
  std::vector<TimelineStep> steps{};
  std::vector<MemoryBlock> blocks{};  ///< variables, inputs, Plan::buffers in order, threads
};

/// Returns the memory of a step over time. At the plan's peak step the sums by category are those
/// of Plan::at_peak, and no step has more bytes than the plan's lower bound. O(nodes + edges +
/// steps + buffers).
[[nodiscard]] FOREGRAPH_EXPORT MemoryTimeline memory_timeline(const Graph& step_graph,
                                                              const Plan& plan);

}  // namespace foregraph
