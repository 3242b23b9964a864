#pragma once

#include <optional>
#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/budget.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// The memory training may use, and the origin of this limit.
struct TrainingBudget {
  std::optional<Bytes> bytes{};  ///< empty for no limit
  std::string source{};          ///< a sentence, if the machine sets the limit
};

/// Returns the current limit of `budget`. That of Budget::machine() is the memory the process may
/// still take by machine_memory(), plus `held` bytes that it already has and will reuse or free; in
/// this case OpenBLAS is started first, so that its buffers are already counted as used.
[[nodiscard]] FOREGRAPH_EXPORT TrainingBudget training_budget(const Budget& budget, Bytes held);

/// Throws BudgetError unless the plan fits; the message names the source of the budget if the
/// machine sets it.
FOREGRAPH_EXPORT void check_training_budget(const Graph& graph, const Plan& plan,
                                            const TrainingBudget& budget);

}  // namespace foregraph
