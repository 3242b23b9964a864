#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/planner/plan.hpp>

/// What does not fit a memory budget, and what would. At run time only.
namespace foregraph {

/// Something that takes memory at the peak of a step.
struct LiveTensor {
  NodeId node = no_node;
  std::int64_t bytes = 0;
};
/// Variables, input slots and transient values alive at the peak step, largest first.
[[nodiscard]] std::vector<LiveTensor> largest_at_peak(const Graph& g, const Plan& plan);

/// "hidden/weight", or for unnamed nodes what they are: "gradient of hidden/weight" is not known,
/// so "%41 matmul f32[784,512]".
[[nodiscard]] std::string describe_tensor(const Graph& g, NodeId id);

/// The op that runs at the peak step, as "matmul (model.cpp:12)".
[[nodiscard]] std::string op_at_peak(const Graph& g, const Plan& plan);

/// The largest batch whose plan fits `budget`; 0 if not even one sample does. Doubles the batch,
/// then halves the interval; the result is verified by its plan. Between neighbouring batches the
/// peak may fall by a placement gap of some hundred bytes, so a slightly larger batch might fit as
/// well. O(log(batch)) plans.
[[nodiscard]] std::int64_t largest_batch(const Graph& step, Bytes budget, PlanOptions options = {});

/// Throws BudgetError unless the plan's peak is within `budget`: the message names the op at the
/// peak, the three largest tensors there, and the largest batch that fits.
void check_budget(const Graph& step, const Plan& plan, Bytes budget);

}  // namespace foregraph
