#pragma once

#include <string>
#include <vector>

#include <foregraph/planner/plan.hpp>

/// Plans as text. At run time only.
namespace foregraph {

/// Floating-point operations of one step at `batch_size` samples, by the ops' own rules; an op
/// without one counts one per element of its result.
[[nodiscard]] double flops_of(const Graph& g, std::int64_t batch_size);

/// One row per plan: batch, peak, lower bound, gap, and what the peak consists of.
[[nodiscard]] std::string table_of(const std::vector<const Plan*>& plans);

/// The op at the peak, the largest tensors alive there, tasks and operations of one step.
[[nodiscard]] std::string details_of(const Graph& g, const Plan& plan);

}  // namespace foregraph
