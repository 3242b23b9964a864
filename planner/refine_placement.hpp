#pragma once

#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/planner/search_placement.hpp>

namespace foregraph {

/// Searches for a placement of the plan's buffers below its peak, unless that has no gap to its
/// lower bound already. The order stays. True if one was found; the plan then has it. See
/// search_placement() for the time and for what it throws.
bool refine_placement(const Graph& step_graph, Plan& plan, SearchLimits limits = {});

}  // namespace foregraph
