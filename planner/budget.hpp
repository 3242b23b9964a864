#pragma once

#include <cstdint>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/plan.hpp>

/// Checks plans against a memory budget. At run time only.
namespace foregraph {

/// Upper limit of the search in largest_batch(): a step that fits this many samples counts as
/// fitting any batch.
inline constexpr std::int64_t most_samples = std::int64_t{1} << 40;

/// Returns the largest batch whose plan has its peak within `budget`, at most `most_samples`, or 0
/// if not even one sample fits.
///
/// A plan's lower bound never falls with the batch, so the last batch whose bound fits is found by
/// inverting the bound of the last plan's order, planning the batch this gives, and going on
/// between the largest that fitted and the smallest that did not. From there, batches are planned
/// downwards until one fits with its placement. A handful of plans suffice. The returned batch has
/// been planned and fits; no larger one does, unless more than 1,000 placements in a row leave a
/// gap.
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t largest_batch(const Graph& step_graph, Bytes budget,
                                                          PlanOptions options = {});

/// Throws BudgetError unless the peak of `plan`, a plan of `step_graph`, is within `budget`. The
/// message gives the bytes needed, the op at the peak, the three largest tensors alive there, and
/// the largest batch that fits. If no batch fits, the message says whether the parameters and
/// optimizer state alone exceed the budget, or a single sample does.
FOREGRAPH_EXPORT void check_budget(const Graph& step_graph, const Plan& plan, Bytes budget);

}  // namespace foregraph
