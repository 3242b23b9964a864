#pragma once

#include <optional>
#include <string>

#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// What a process that trains by a plan will have at its peak, as the kernel counts it, and what
/// that is made of. All parts but the plan are measured in this very process.
struct ProcessPrediction {
  Bytes plan{};                ///< variables, batches and transient values: Plan::peak()
  Bytes code_and_libraries{};  ///< pages of files, shared with other processes where they can be
  Bytes blas_buffers{};        ///< in which OpenBLAS packs operands
  Bytes graph_and_program{};   ///< what lowering the plan to instructions takes
  Bytes rest{};                ///< of the process now: the caller's data, heap, stacks
  Bytes peak_so_far{};         ///< the most the process ever had

  [[nodiscard]] Bytes beyond_the_plan() const {
    return code_and_libraries + blas_buffers + graph_and_program + rest;
  }
  /// What VmHWM will be after training.
  [[nodiscard]] Bytes peak() const;
};

/// Predicts the peak of this process once it trains by `plan`, a plan of `step_graph`. `held` is
/// what it has allocated of the plan already (Training::allocated()). To measure instead of
/// guessing, OpenBLAS is warmed up for the products of the plan (see warm_up_blas()), the program
/// is lowered for a moment, and the code of its kernels is brought in; but nothing of the plan is
/// allocated. Nothing where process_memory() knows nothing. Throws BudgetError if OpenBLAS cannot
/// start (see start_blas()).
///
/// What comes later is not in it: data sets loaded and threads started after the call.
[[nodiscard]] std::optional<ProcessPrediction> predicted_process_peak(const Graph& step_graph,
                                                                      const Plan& plan,
                                                                      Bytes held = {});

/// "11.3 MiB in this process (code and libraries 8.90 MiB, BLAS buffers 2.00 MiB, graph and program
/// 410 KiB, heap and stacks 1.02 MiB; measured)".
[[nodiscard]] std::string describe_beyond_the_plan(const ProcessPrediction& prediction);

}  // namespace foregraph
