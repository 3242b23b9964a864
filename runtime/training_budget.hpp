#pragma once

#include <optional>
#include <string>

#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// The memory training may use, and the origin of this limit.
struct TrainingBudget {
  std::optional<Bytes> bytes{};  ///< empty for no limit
  std::string source{};          ///< a sentence, if the machine sets the limit
};

/// Returns `wish` if it is set; zero means no limit. Otherwise returns the memory the process may
/// still take by machine_memory(), plus `held` bytes that it already has and will reuse or free. In
/// this case OpenBLAS is started first, so that its buffers are already counted as used.
[[nodiscard]] TrainingBudget training_budget(const std::optional<Bytes>& wish,
                                             const MachineMemoryOptions& machine, Bytes held);

/// Throws BudgetError unless the plan fits; the message names the source of the budget if the
/// machine sets it.
void check_training_budget(const Graph& graph, const Plan& plan, const TrainingBudget& budget);

}  // namespace foregraph
