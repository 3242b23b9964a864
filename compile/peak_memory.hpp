#pragma once

#include <foregraph/detail/compile/check_model.hpp>

namespace foregraph {

/// Returns the bytes a training step of a model needs at `batch_size` samples: parameters,
/// optimizer state, input slots and all transient values, exactly as the runtime allocates them.
/// The figure is for one thread unless PlanOptions::threads says otherwise; each further thread
/// adds the workspaces of kernels that run on several threads.
///
///     static_assert(fg::peak_memory<classifier>(fg::optim::adam(), 128) < 16_MiB);
///     static_assert(fg::peak_memory<classifier>(fg::optim::adam(), 128, {.threads = 8}) < 17_MiB);
///
/// An ill-formed model stops the compiler with one line that names the fault, the op, the line in
/// the user's source and the shapes. Throws BatchError if `batch_size` is below 1,
/// UsageError for a number of threads out of range.
template <auto ModelFunction, class Optimizer>
[[nodiscard]] constexpr Bytes peak_memory(const Optimizer& optimizer, std::int64_t batch_size,
                                          PlanOptions options = {}) {
  using Checked = detail::StepFault<ModelFunction, Optimizer>;
  check_model<Checked>();
  if constexpr (is_fine_model<Checked>) {
    const Step step = compile(ModelFunction, optimizer, batch_size, options);
    // Only a user's op whose `simplify` is wrong can cause a fault now.
    if (step.graph.first_fault) throw_fault(step.graph.first_fault);
    return step.plan.peak();
  } else {
    return {};
  }
}

/// Returns the peak memory of a model function known only at run time. Throws GraphError or
/// BatchError.
template <class ModelFunction, class Optimizer>
[[nodiscard]] constexpr Bytes peak_memory(const ModelFunction& model, const Optimizer& optimizer,
                                          std::int64_t batch_size, PlanOptions options = {}) {
  return compile(model, optimizer, batch_size, options).plan.peak();
}

}  // namespace foregraph
