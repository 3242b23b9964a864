#pragma once

#include <cstdint>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/planner/search_placement.hpp>

namespace foregraph {

/// Searches for a placement of the plan's buffers with a lower peak, unless the peak already equals
/// the lower bound. The schedule stays as it is. Returns true if the plan was improved. See
/// search_placement() for the time limit and exceptions.
FOREGRAPH_EXPORT bool refine_placement(const Graph& step_graph, Plan& plan,
                                       SearchLimits limits = {});

/// Searches as above if the plan's peak exceeds `budget` and its lower bound does not, with at most
/// `work` units of work (SearchLimits::work). Deterministic, whatever the machine. Returns true if
/// the plan now fits. Throws UsageError if `work` is negative.
FOREGRAPH_EXPORT bool refine_to_fit(const Graph& step_graph, Plan& plan, Bytes budget,
                                    std::int64_t work);

}  // namespace foregraph
