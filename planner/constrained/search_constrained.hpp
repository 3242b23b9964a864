#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/planner/constrained/constraints.hpp>
#include <foregraph/detail/planner/search_placement.hpp>

namespace foregraph {

/// Assigns offsets as search_placement() does to buffers with alignments, fixed offsets and gaps.
///
/// Buffers that differ in none of these from plain ones, or all have one alignment, are placed by
/// search_placement(). Others are placed by first fits in many orders, varied
/// (constrained/constrained_search.hpp), without branch and bound; unless there are fixed buffers,
/// half of the time and work goes to search_placement() with gaps ignored and the least common
/// multiple of the alignments. The placement always satisfies all constraints; if time or work ends
/// early, buffers are stacked on top.
///
/// Throws UsageError for buffers that check_constraints() refuses, and for limits as
/// search_placement() does.
[[nodiscard]] FOREGRAPH_EXPORT PackResult
search_constrained_placement(ListOf<ConstrainedBuffer> buffers, SearchLimits limits = {});

}  // namespace foregraph
