#pragma once

#include <optional>
#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// The predicted peak memory of a process that trains by a plan, as the kernel counts it, and its
/// parts. All parts except the plan are measured in this process.
struct FOREGRAPH_EXPORT ProcessPrediction {
  Bytes plan{};                ///< variables, batches and transient values: Plan::peak()
  Bytes code_and_libraries{};  ///< file-backed pages, shared with other processes where possible
  Bytes blas_buffers{};        ///< where OpenBLAS packs operands
  Bytes graph_and_program{};   ///< taken by lowering the plan to instructions
  Bytes rest{};                ///< of the process now: user data, heap, stacks
  Bytes peak_so_far{};         ///< highest value so far in the process's life

  /// Returns the memory of the process beside the plan.
  [[nodiscard]] Bytes beyond_the_plan() const {
    return code_and_libraries + blas_buffers + graph_and_program + rest;
  }
  /// Returns the predicted VmHWM after training.
  [[nodiscard]] Bytes peak() const;
};

/// Predicts the peak of this process when it trains by `plan`, a plan of `step_graph`. `held` is
/// the part of the plan already allocated: TrainerBase::allocated() of the trainer that will run
/// it, whose variables exist from the start, or nothing if there is no trainer yet. For measured
/// figures, the call warms up OpenBLAS for the plan's products (see warm_up_blas()), lowers the
/// program temporarily and loads the code of its kernels, but allocates nothing of the plan.
/// Returns nothing where process_memory() is not available. Throws BudgetError if OpenBLAS cannot
/// start (see start_blas()).
///
/// Excludes data sets loaded and threads started after the call.
[[nodiscard]] FOREGRAPH_EXPORT std::optional<ProcessPrediction> predicted_process_peak(
    const Graph& step_graph, const Plan& plan, Bytes held);

/// Returns "11.3 MiB in this process (code and libraries 8.90 MiB, BLAS buffers 2.00 MiB, graph and
/// program 410 KiB, heap and stacks 1.02 MiB; measured)".
[[nodiscard]] FOREGRAPH_EXPORT std::string describe_beyond_the_plan(
    const ProcessPrediction& prediction);

}  // namespace foregraph
