#include <foregraph/graph/error.hpp>
#include <foregraph/planner/budget.hpp>
#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/training_budget.hpp>

namespace foregraph {

void check_training_budget(const Graph& graph, const Plan& plan, const std::optional<Bytes>& budget,
                           const MachineMemoryOptions& machine, Bytes held) {
  if (budget) {
    if (budget->count > 0) check_budget(graph, plan, *budget);
    return;
  }
  start_blas();
  const MachineMemory memory = machine_memory(machine);
  if (!memory.budget) return;
  try {
    check_budget(graph, plan, *memory.budget + held);
  } catch (const BudgetError& error) {
    throw BudgetError(std::string(error.what()) +
                      " No memory_budget was set, so it is what this process may still take: " +
                      describe(memory) +
                      ". TrainerOptions::memory_budget sets another, or no_memory_limit.");
  }
}

}  // namespace foregraph
