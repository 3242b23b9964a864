#include <algorithm>
#include <chrono>
#include <foregraph/detail/planner/constrained/constrained_search.hpp>
#include <foregraph/detail/planner/constrained/search_constrained.hpp>
#include <numeric>
#include <optional>
#include <vector>

namespace foregraph {
namespace {

using packing::ConstrainedSearch;
using packing::Effort;

/// Without a limit, the search that ignores gaps must not go on for hours before the one that does
/// not begins.
constexpr std::int64_t most_work_for_start = 1'000'000'000;

/// Summary of the constraints.
struct Constraints {
  bool is_any_fixed = false;
  bool has_gaps = false;
  bool is_aligned_alike = true;
  /// The least common multiple of the alignments, if it is small enough to round sizes up to.
  std::optional<std::int64_t> alignment = 1;
};

Constraints constraints_of(std::span<const ConstrainedBuffer> buffers) {
  Constraints result;
  std::int64_t sum = 0;
  std::int64_t multiple = 1;
  for (const ConstrainedBuffer& b : buffers) {
    result.is_any_fixed = result.is_any_fixed || b.offset.has_value();
    result.has_gaps = result.has_gaps || !b.gaps.empty();
    result.is_aligned_alike = result.is_aligned_alike && b.alignment == buffers.front().alignment;
    sum += b.range.bytes;
    const std::int64_t factor = b.alignment / std::gcd(multiple, b.alignment);
    const std::int64_t most = (std::int64_t{1} << 61) / static_cast<std::int64_t>(buffers.size());
    if (result.alignment && factor <= most / multiple)
      multiple *= factor;
    else
      result.alignment = std::nullopt;
  }
  if (result.alignment) result.alignment = multiple;
  if (sum > std::int64_t{1} << 61) result.alignment = std::nullopt;
  return result;
}

std::int64_t peak_of(std::span<const ConstrainedBuffer> buffers, const Placement& placement) {
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i)
    peak = std::max(peak, placement.offsets[i] + buffers[i].range.bytes);
  return peak;
}

/// Places buffers without regard to their gaps.
PackResult search_without_gaps(std::span<const ConstrainedBuffer> buffers, SearchLimits limits,
                               std::int64_t alignment) {
  std::vector<LiveRange> ranges;
  ranges.reserve(buffers.size());
  for (const ConstrainedBuffer& b : buffers) ranges.push_back(b.range);
  PackResult result = search_placement(ranges, limits, alignment);
  result.placement.peak_bytes = peak_of(buffers, result.placement);
  return result;
}

void search_parts(std::vector<ConstrainedSearch>& searches, std::int64_t bound, Effort& effort) {
  std::int64_t target = bound;
  for (ConstrainedSearch& each : searches) each.step(target, effort);
  for (bool is_any_left = true; is_any_left;) {
    is_any_left = false;
    for (ConstrainedSearch& each : searches) {
      if (effort.is_over()) return;
      if (each.peak() <= target || each.is_exhausted()) continue;
      each.step(target, effort);
      is_any_left = true;
    }
  }
}

}  // namespace

PackResult search_constrained_placement(ListOf<ConstrainedBuffer> list, SearchLimits limits) {
  const Effort::Clock::time_point start = Effort::Clock::now();
  const std::span<const ConstrainedBuffer> buffers = list.span();
  (void)search_placement({}, limits);  // checks the limits
  check_constraints(buffers);
  const Constraints constraints = constraints_of(buffers);
  PackResult result;
  const bool can_ignore_gaps = !constraints.is_any_fixed && constraints.alignment;
  const bool is_plain = can_ignore_gaps && !constraints.has_gaps && constraints.is_aligned_alike;
  // Without any constraint, the plain search's bound is the best.
  const std::int64_t bound =
      is_plain && constraints.alignment == 1 ? 0 : constrained_lower_bound(buffers);
  if (can_ignore_gaps) {
    SearchLimits first = limits;
    if (!is_plain) first = {.seconds = limits.seconds / 2, .work = limits.work / 2};
    if (!is_plain && first.seconds > 1e8) first.work = std::min(first.work, most_work_for_start);
    result = search_without_gaps(buffers, first, *constraints.alignment);
    // Its bound holds for rounded sizes: the last buffer may end a little earlier.
    const std::int64_t proven = result.lower_bound_bytes - (*constraints.alignment - 1);
    result.lower_bound_bytes = is_plain ? std::max(bound, proven) : bound;
  } else {
    result.lower_bound_bytes = bound;
  }
  const bool is_done =
      is_plain || (can_ignore_gaps && result.placement.peak_bytes <= result.lower_bound_bytes);
  if (!is_done) {
    const double used = std::chrono::duration<double>(Effort::Clock::now() - start).count();
    const double left = std::clamp(limits.seconds - used, 0.0, 1e8);
    Effort effort(Effort::Clock::now() + std::chrono::duration_cast<Effort::Clock::duration>(
                                             std::chrono::duration<double>(left)),
                  limits.work - limits.work / 2);
    std::vector<LiveRange> ranges;
    for (const ConstrainedBuffer& b : buffers) ranges.push_back(b.range);
    const packing::Parts parts = packing::split(ranges);
    std::vector<ConstrainedSearch> searches;
    searches.reserve(parts.parts.size());
    for (const packing::Part& part : parts.parts) {
      searches.emplace_back(buffers, part);
      if (!result.placement.offsets.empty())
        searches.back().take_if_better({result.placement.offsets.data(), buffers.size()});
    }
    search_parts(searches, bound, effort);
    result.placement.offsets.assign(buffers.size(), 0);
    for (std::size_t i = 0; i < buffers.size(); ++i)  // including buffers that belong to no part
      result.placement.offsets[i] = buffers[i].offset.value_or(0);
    for (const ConstrainedSearch& each : searches)
      for (std::size_t i = 0; i < each.offsets().size(); ++i)
        result.placement.offsets[packing::at(each.part().buffers[i].index)] = each.offsets()[i];
    result.placement.peak_bytes = peak_of(buffers, result.placement);
  }
  result.proven_optimal = result.placement.peak_bytes == result.lower_bound_bytes;
  result.seconds = std::chrono::duration<double>(Effort::Clock::now() - start).count();
  return result;
}

}  // namespace foregraph
