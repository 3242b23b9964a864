#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/refine_placement.hpp>
#include <limits>
#include <string>
#include <vector>

namespace foregraph {

bool refine_placement(const Graph& g, Plan& plan, SearchLimits limits) {
  if (plan.gap().count == 0) return false;
  std::vector<LiveRange> ranges;
  ranges.reserve(plan.buffers.size());
  for (const Buffer& buffer : plan.buffers) ranges.push_back(buffer.range);
  const PackResult found = search_placement(ranges, limits, alignment_bytes);
  if (found.placement.peak_bytes >= plan.transient_bytes) return false;
  planning::take_placement(g, found.placement, plan);
  return true;
}

bool refine_to_fit(const Graph& g, Plan& plan, Bytes budget, std::int64_t work) {
  if (work < 0)
    throw UsageError("the work of the search for placements is " + std::to_string(work) +
                     ", expected at least 0");
  if (work == 0 || plan.peak() <= budget || plan.lower_bound() > budget) return false;
  refine_placement(g, plan, {.seconds = std::numeric_limits<double>::infinity(), .work = work});
  return plan.peak() <= budget;
}

}  // namespace foregraph
