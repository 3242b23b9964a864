#pragma once

#include <cstdint>

#include <foregraph/detail/planner/plan.hpp>

/// What does not fit a memory budget, and what would. At run time only.
namespace foregraph {

/// Where the search of largest_batch() ends: a step that fits this many samples fits any batch.
inline constexpr std::int64_t most_samples = std::int64_t{1} << 40;

/// The largest batch whose plan has its peak within `budget`; 0 if not even one sample fits, at
/// most `most_samples`.
///
/// Inverts the lower bound of the order planned, plans the batch found, and goes on between the
/// largest batch that fitted and the smallest that did not: a handful of plans. The result itself
/// has been planned, so it fits for certain; the next larger batch has been planned, too, and did
/// not.
[[nodiscard]] std::int64_t largest_batch(const Graph& step_graph, Bytes budget,
                                         PlanOptions options = {});

/// Throws BudgetError unless the peak of `plan`, a plan of `step_graph`, is within `budget`. The
/// message says what is needed, which op runs at the peak, the three largest tensors alive there,
/// and the largest batch that fits; or that no batch does, since already the parameters and the
/// optimizer state do not, or since a single sample does not.
void check_budget(const Graph& step_graph, const Plan& plan, Bytes budget);

}  // namespace foregraph
