#pragma once

#include <optional>

#include <foregraph/planner/plan.hpp>
#include <foregraph/runtime/machine_memory.hpp>

namespace foregraph {

/// Throws BudgetError unless the plan fits: `budget` if there is one, zero being no limit; else
/// what the process may still take by machine_memory(), and `held`, which it has already and will
/// use or free for the plan. In the latter case the message says where the budget comes from.
/// Starts OpenBLAS before it asks the machine, since its buffers are in the way too.
void check_training_budget(const Graph& graph, const Plan& plan, const std::optional<Bytes>& budget,
                           const MachineMemoryOptions& machine, Bytes held);

}  // namespace foregraph
