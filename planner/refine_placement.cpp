#include <foregraph/detail/planner/refine_placement.hpp>
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

}  // namespace foregraph
