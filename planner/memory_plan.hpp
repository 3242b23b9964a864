#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/planner/order/order.hpp>
#include <foregraph/detail/planner/packing/placement.hpp>

/// Plans as data; see plan_memory() in plan.hpp.
namespace foregraph {

/// When a loss over many classes is computed by blocks of rows (see compile/plan_step.hpp).
enum class LossBlocks : std::uint8_t {
  automatic,  ///< where it lowers the peak
  never,      ///< the logits are always computed whole
  always      ///< wherever the loss allows it
};

/// How to plan the memory of a step.
struct PlanOptions {
  /// Slots for input batches: one, plus one for each batch the pipeline prefetches.
  std::int64_t input_buffers = 1;
  /// How the schedule is found.
  OrderMethod order = OrderMethod::searched;
  /// If true, results may be written in place over operands at their last read, and updates
  /// directly into their variables. Turn off only to measure the saving or to compare results.
  bool in_place = true;
  /// When plan_step() computes the loss by blocks of rows; plan_memory() plans the graph as it is.
  LossBlocks loss_blocks = LossBlocks::automatic;
  /// Bytes in use outside the step while it runs, such as the input pipeline's; part of the peak.
  std::int64_t other_bytes = 0;
  /// Threads that run the step, the calling one included, from 1 to max_threads. Some kernels need
  /// a workspace on each thread; those of the threads after the first are Plan::thread_bytes.
  int threads = 1;
  /// The share of the step's predicted time that plan_step() may add by recomputing values that
  /// cost little; 0 keeps all values. plan_memory() plans the graph as it is.
  double extra_time = 0.01;
};

/// Units of work that a trainer spends on a placement for a batch that only its gap keeps from
/// fitting: some tens of milliseconds.
inline constexpr std::int64_t default_placement_search = 20'000'000;

/// The parts of the arena. `sums` exists only while a batch is computed in parts, `threads` only
/// for a step on several threads.
enum class Segment : std::uint8_t { none, variables, inputs, transient, sums, threads };
/// Number of values of Segment.
inline constexpr std::size_t segment_count = 6;

/// Location of a node's value. Offsets of inputs are relative to their slot.
struct Place {
  /// Part of the arena; none for a value that is not stored.
  Segment segment = Segment::none;
  /// From the start of the segment, in bytes.
  std::int64_t offset = 0;
};

/// A piece of transient memory. Several nodes may use it in turn, each in place of its operand.
struct Buffer {
  LiveRange range{};  ///< in positions of the order
  /// From the start of the transient segment, in bytes.
  std::int64_t offset = 0;
  /// The first node that uses the buffer.
  NodeId first_node = no_node;
  bool is_workspace = false;  ///< workspace of the kernel call that computes `first_node`
  Dim size{};                 ///< bytes before rounding up to the alignment, for any batch
};

/// Bytes at the peak by use. They add up to the lower bound; the arena also contains the gap.
struct Breakdown {
  std::int64_t parameters_bytes = 0;  ///< and other state the model keeps between steps
  /// State of the optimizer.
  std::int64_t optimizer_state_bytes = 0;
  /// All slots of input batches.
  std::int64_t inputs_bytes = 0;
  std::int64_t activations_bytes = 0;  ///< computed by the forward pass
  std::int64_t gradients_bytes = 0;    ///< computed by the backward pass
  /// Values of the update, and kernels' workspaces on all threads.
  std::int64_t workspace_bytes = 0;
  std::int64_t other_bytes = 0;  ///< PlanOptions::other_bytes
};

/// The memory of one step at one batch size. The offsets are also valid for every smaller batch.
struct Plan {
  /// Number of samples.
  std::int64_t batch = 0;
  /// The options it was made with.
  PlanOptions options{};
  /// The tasks of the step: kernel calls and fused regions.
  Tasks tasks{};
  /// The schedule.
  Order order{};
  DynamicArray<Place> places{};            ///< by node; set for storage roots
  DynamicArray<std::int32_t> buffer_of{};  ///< by node: index into `buffers`, or -1
  DynamicArray<Place> workspaces{};        ///< by node: its kernel's workspace
  /// The transient memory.
  DynamicArray<Buffer> buffers{};

  /// Parameters and states.
  std::int64_t variables_bytes = 0;
  std::int64_t sums_bytes = 0;       ///< gradients summed over the parts of a batch
  std::int64_t slot_bytes = 0;       ///< one batch of inputs
  std::int64_t transient_bytes = 0;  ///< of the placement
  /// Workspaces of the threads after the first, of equal size and one after the other.
  std::int64_t thread_bytes = 0;
  /// Bytes that no placement of this schedule goes below.
  std::int64_t transient_lower_bound_bytes = 0;
  std::int32_t peak_step = 0;  ///< position in the order where the most bytes are alive
  /// The bytes alive at the peak step, by use.
  Breakdown at_peak{};

  /// Returns the bytes of all slots of input batches.
  [[nodiscard]] constexpr std::int64_t inputs_bytes() const {
    return slot_bytes * options.input_buffers;
  }
  /// Returns the bytes taken during the whole step, apart from the inputs. Only the workspaces of
  /// the threads may depend on the batch size.
  [[nodiscard]] constexpr std::int64_t fixed_bytes() const {
    return variables_bytes + sums_bytes + options.other_bytes + thread_bytes;
  }
  /// Returns the bytes that are allocated for the step.
  [[nodiscard]] constexpr Bytes peak() const {
    return {fixed_bytes() + inputs_bytes() + transient_bytes};
  }
  /// Returns the bytes that no placement of this schedule goes below.
  [[nodiscard]] constexpr Bytes lower_bound() const {
    return {fixed_bytes() + inputs_bytes() + transient_lower_bound_bytes};
  }
  /// Returns the bytes by which the placement exceeds the lower bound of this schedule. See
  /// order_free_bound() for the distance to any other plan.
  [[nodiscard]] constexpr Bytes gap() const { return peak() - lower_bound(); }
};

}  // namespace foregraph
