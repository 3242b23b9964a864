#include <algorithm>
#include <foregraph/detail/planner/packing/sections.hpp>
#include <numeric>

namespace foregraph::packing {
namespace {

/// Renumbers time in `part` from steps to sections.
void number_sections(Part& part) {
  std::vector<Index> steps;
  steps.reserve(2 * part.buffers.size());
  for (const Part::Buffer& b : part.buffers) {
    steps.push_back(b.first);
    steps.push_back(b.last);
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  const auto section_of = [&](Index step) {
    return static_cast<Index>(std::lower_bound(steps.begin(), steps.end(), step) - steps.begin());
  };
  std::vector<std::int64_t> changes(steps.size(), 0);
  for (Part::Buffer& b : part.buffers) {
    b.steps = std::int64_t{b.last} - b.first;
    b.first = section_of(b.first);
    b.last = section_of(b.last);
    changes[at(b.first)] += b.size;
    changes[at(b.last)] -= b.size;
  }
  changes.pop_back();  // nothing is alive after the last step
  std::partial_sum(changes.begin(), changes.end(), changes.begin());
  part.alive = std::move(changes);
  part.most_alive = *std::max_element(part.alive.begin(), part.alive.end());
}

}  // namespace

Parts split(std::span<const LiveRange> ranges) {
  Parts result;
  std::int64_t unit = 0;
  std::vector<Index> by_first;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].bytes <= 0 || ranges[i].first >= ranges[i].last) continue;
    by_first.push_back(static_cast<Index>(i));
    unit = std::gcd(unit, ranges[i].bytes);
  }
  result.unit_bytes = std::max<std::int64_t>(unit, 1);
  std::stable_sort(by_first.begin(), by_first.end(),
                   [&](Index x, Index y) { return ranges[at(x)].first < ranges[at(y)].first; });
  Index end = 0;
  for (const Index i : by_first) {
    const LiveRange& r = ranges[at(i)];
    if (result.parts.empty() || r.first >= end) {
      result.parts.emplace_back();
      end = r.last;
    }
    end = std::max(end, r.last);
    result.parts.back().buffers.push_back({r.first, r.last, r.bytes / result.unit_bytes, i, 0});
  }
  for (Part& part : result.parts) number_sections(part);
  return result;
}

std::int64_t overlapping_pairs(const Part& part) {
  // Sorted by `first`, each buffer overlaps the earlier ones that have not ended.
  std::vector<Index> ends;
  for (const Part::Buffer& b : part.buffers) ends.push_back(b.last);
  std::sort(ends.begin(), ends.end());
  std::int64_t pairs = 0;
  std::size_t ended = 0;
  for (std::size_t i = 0; i < part.buffers.size(); ++i) {
    while (ended < ends.size() && ends[ended] <= part.buffers[i].first) ++ended;
    pairs += static_cast<std::int64_t>(i) - static_cast<std::int64_t>(ended);
  }
  return pairs;
}

}  // namespace foregraph::packing
