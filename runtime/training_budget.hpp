#pragma once

#include <optional>
#include <string>

#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// What training may take, and where that comes from.
struct TrainingBudget {
  std::optional<Bytes> bytes{};  ///< nothing: no limit
  std::string source{};          ///< a sentence, if the machine sets it
};

/// `wish` if there is one, zero being no limit; else what the process may still take by
/// machine_memory(), and `held`, which it has already and will use or free. In the latter case
/// OpenBLAS is started before the machine is asked, since its buffers are in the way too.
[[nodiscard]] TrainingBudget training_budget(const std::optional<Bytes>& wish,
                                             const MachineMemoryOptions& machine, Bytes held);

/// Throws BudgetError unless the plan fits; the message says where the budget comes from if that is
/// the machine.
void check_training_budget(const Graph& graph, const Plan& plan, const TrainingBudget& budget);

}  // namespace foregraph
