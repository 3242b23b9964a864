#pragma once

#include <cstdint>

#include <foregraph/planner/plan.hpp>

/// What does not fit a memory budget, and what would. At run time only.
namespace foregraph {

/// Where the search of largest_batch() ends: a step that fits this many samples fits any batch.
inline constexpr std::int64_t most_samples = std::int64_t{1} << 40;

/// The largest batch whose plan has its peak within `budget`; 0 if not even one sample fits, at
/// most `most_samples`.
///
/// Doubles the batch until it does not fit, then halves the interval: 2 log2(result) plans. The
/// result itself has been planned, so it fits for certain. That no larger batch does is certain
/// only up to placement: the lower bound grows with the batch, but the gap above it may shrink, so
/// one of the batches just above the result may fit by luck.
[[nodiscard]] std::int64_t largest_batch(const Graph& step_graph, Bytes budget,
                                         PlanOptions options = {});

/// Throws BudgetError unless the peak of `plan`, a plan of `step_graph`, is within `budget`. The
/// message says what is needed, which op runs at the peak, the three largest tensors alive there,
/// and the largest batch that fits; or that no batch does, since already the parameters and the
/// optimizer state do not, or since a single sample does not.
void check_budget(const Graph& step_graph, const Plan& plan, Bytes budget);

}  // namespace foregraph
