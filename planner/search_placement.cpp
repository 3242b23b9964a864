#include <algorithm>
#include <chrono>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/packing/part_search.hpp>
#include <foregraph/detail/planner/search_placement.hpp>
#include <string>
#include <vector>

namespace foregraph {
namespace {

using packing::Effort;
using packing::PartSearch;
using Clock = std::chrono::steady_clock;

/// Number of buffers up to which place() is called; it takes well below a second for them.
constexpr std::size_t most_for_place = 4096;

std::vector<LiveRange> rounded_up(std::span<const LiveRange> ranges, std::int64_t alignment) {
  constexpr std::int64_t most = std::int64_t{1} << 62;
  if (alignment < 1 || alignment > most / 4)
    throw UsageError("alignment is " + std::to_string(alignment) +
                     ", expected at least 1; offsets are multiples of it");
  std::vector<LiveRange> result(ranges.begin(), ranges.end());
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::int64_t& bytes = result[i].bytes;
    if (bytes < 0)
      throw UsageError("buffer " + std::to_string(i) + " has " + std::to_string(bytes) +
                       " bytes, expected at least 0");
    if (bytes < most) bytes = (bytes + alignment - 1) / alignment * alignment;
    if (bytes >= most - sum)
      throw UsageError("the sizes of buffers 0 to " + std::to_string(i) +
                       " add up to 2^62 bytes or more, which is not supported");
    sum += bytes;
  }
  return result;
}

Clock::time_point deadline_of(Clock::time_point start, double seconds) {
  if (!(seconds >= 0))  // true for NaN as well
    throw UsageError("the time limit is " + std::to_string(seconds) +
                     " seconds, expected at least 0");
  return start + std::chrono::duration_cast<Clock::duration>(
                     std::chrono::duration<double>(std::min(seconds, 1e8)));
}

/// Gives each search the offsets of its part in `placement`, a placement of all buffers.
void take_all(std::vector<PartSearch>& searches, const packing::Parts& parts,
              const Placement& placement) {
  for (PartSearch& each : searches) {
    std::vector<std::int64_t> offsets;
    offsets.reserve(each.part().buffers.size());
    for (const packing::Part::Buffer& b : each.part().buffers)
      offsets.push_back(placement.offsets[packing::at(b.index)] / parts.unit_bytes);
    each.take_if_better(std::move(offsets));
  }
}

/// Returns a lower bound on the peak of all parts together, in units.
std::int64_t bound_of(const std::vector<PartSearch>& searches) {
  std::int64_t bound = 0;
  for (const PartSearch& each : searches) bound = std::max(bound, each.bound());
  return bound;
}

void search_parts(std::vector<PartSearch>& searches, Effort& effort) {
  for (;;) {
    bool is_any_left = false;
    for (PartSearch& each : searches) {
      if (effort.is_over()) return;
      const std::int64_t target = bound_of(searches);
      if (each.peak() <= target || each.is_exhausted()) continue;
      each.search(target, each.peak(), effort);
      is_any_left = true;
    }
    if (!is_any_left) return;
  }
}

}  // namespace

PackResult search_placement(ListOf<LiveRange> ranges, SearchLimits limits, std::int64_t alignment) {
  const Clock::time_point start = Clock::now();
  if (limits.work < 0)
    throw UsageError("the limit of work is " + std::to_string(limits.work) +
                     ", expected at least 0");
  Effort effort(deadline_of(start, limits.seconds), limits.work);
  const std::vector<LiveRange> rounded = rounded_up(ranges, alignment);
  const packing::Parts parts = packing::split(rounded);
  std::vector<PartSearch> searches(parts.parts.begin(), parts.parts.end());
  if (rounded.size() <= most_for_place) take_all(searches, parts, place(rounded));
  for (PartSearch& each : searches) each.place_fast(bound_of(searches), effort);
  search_parts(searches, effort);

  PackResult result;
  result.placement.offsets.assign(ranges.size(), 0);
  for (const LiveRange& r : rounded)  // including buffers that belong to no part
    result.placement.peak_bytes = std::max(result.placement.peak_bytes, r.bytes);
  result.lower_bound_bytes =
      std::max(result.placement.peak_bytes, bound_of(searches) * parts.unit_bytes);
  for (const PartSearch& each : searches) {
    for (std::size_t i = 0; i < each.offsets().size(); ++i)
      result.placement.offsets[packing::at(each.part().buffers[i].index)] =
          each.offsets()[i] * parts.unit_bytes;
    result.placement.peak_bytes =
        std::max(result.placement.peak_bytes, each.peak() * parts.unit_bytes);
  }
  result.proven_optimal = result.placement.peak_bytes == result.lower_bound_bytes;
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace foregraph
