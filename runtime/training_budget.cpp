#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>

namespace foregraph {

TrainingBudget training_budget(const Budget& budget, Bytes held) {
  if (!budget.is_machine()) return {budget.bytes(), ""};
  start_blas_if_used();
  const MachineMemory memory = machine_memory(budget.machine_options());
  if (!memory.budget) return {};
  return {*memory.budget + held,
          " No memory_budget was set, so the budget is what this process may still allocate: " +
              describe(memory) +
              ". Set TrainerOptions::memory_budget to another value, or to Budget::unlimited()."};
}

void check_training_budget(const Graph& graph, const Plan& plan, const TrainingBudget& budget) {
  if (!budget.bytes) return;
  try {
    check_budget(graph, plan, *budget.bytes);
  } catch (const BudgetError& error) {
    if (budget.source.empty()) throw;
    throw BudgetError(error.what() + budget.source);
  }
}

}  // namespace foregraph
