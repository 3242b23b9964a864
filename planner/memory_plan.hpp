#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/planner/order.hpp>
#include <foregraph/detail/planner/packing/placement.hpp>

/// A plan as data; plan.hpp makes it.
namespace foregraph {

struct PlanOptions {
  /// Slots for batches: one, and one more for each batch the pipeline prefetches.
  std::int64_t input_buffers = 1;
  OrderMethod order = OrderMethod::searched;
  /// Whether results may be written over dying operands, and updates into their variables. Off only
  /// to see what that is worth, and that it changes no result.
  bool in_place = true;
  /// What is taken besides the step for as long as it runs, such as the input pipeline's own
  /// memory; part of the peak.
  std::int64_t other_bytes = 0;
};

/// The parts of the arena. `sums` are there only while a batch is computed in parts.
enum class Segment : std::uint8_t { none, variables, inputs, transient, sums };
inline constexpr std::size_t segment_count = 5;

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
  Dim size{};                 ///< bytes before rounding up to the alignment, for any batch
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
  std::int64_t other_bytes = 0;        ///< PlanOptions::other_bytes
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
  std::int64_t sums_bytes = 0;       ///< gradients summed over the parts of a batch
  std::int64_t slot_bytes = 0;       ///< one batch of inputs
  std::int64_t transient_bytes = 0;  ///< as placed
  std::int64_t transient_lower_bound_bytes = 0;
  std::int32_t peak_step = 0;  ///< a position in the order at which most is alive
  Breakdown at_peak{};

  [[nodiscard]] constexpr std::int64_t inputs_bytes() const {
    return slot_bytes * options.input_buffers;
  }
  /// What does not change with the batch.
  [[nodiscard]] constexpr std::int64_t fixed_bytes() const {
    return variables_bytes + sums_bytes + options.other_bytes;
  }
  [[nodiscard]] constexpr Bytes peak() const {
    return {fixed_bytes() + inputs_bytes() + transient_bytes};
  }
  [[nodiscard]] constexpr Bytes lower_bound() const {
    return {fixed_bytes() + inputs_bytes() + transient_lower_bound_bytes};
  }
  /// What placement loses against the lower bound.
  [[nodiscard]] constexpr Bytes gap() const { return peak() - lower_bound(); }
};

}  // namespace foregraph
