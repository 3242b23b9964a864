#pragma once

#include <cstdint>
#include <span>

#include <foregraph/detail/planner/packing/placement.hpp>

namespace foregraph {

struct SearchLimits {
  double seconds = 10;  ///< may be passed by what one try takes
};

struct PackResult {
  Placement placement{};
  std::int64_t lower_bound_bytes = 0;  ///< no placement has a lower peak
  bool proven_optimal = false;         ///< the peak is the lower bound
  double seconds = 0;                  ///< taken
};

/// Assigns offsets so that buffers alive at the same step never overlap, with as low a peak as it
/// finds in the time allowed. On one thread. At run time only; place() is for the compiler.
///
/// Idea: the timeline falls into parts where no buffer crosses, each placed for itself. Fast
/// placements come first: those of place(), sweeps in time (packing/sweep.hpp) and first fits in
/// many orders. Parts above the lower bound are then searched in rounds (packing/part_search.hpp):
/// by branch and bound (packing/canonical_search.hpp) in many orders, for few steps each at first,
/// then for more, which at best also proves that there is nothing better; the same with buffers
/// joined (packing/contraction.hpp); and by varied first fits (packing/sequence_search.hpp). Ends
/// as soon as the peak is the most bytes alive at a step.
///
/// The result is the same in every run unless the time limit ends the search, and unless it does
/// so very early never worse than place()'s. Buffers of 0 bytes or that live for no step are put
/// at 0. Above some 3,000 buffers alive together only the fast placements are tried.
///
/// With an alignment, sizes are rounded up to its multiples, so that offsets are multiples.
/// Throws UsageError if a size is negative, the sum of sizes is 2^62 or more, the alignment is not
/// positive, or the seconds are not a number of at least 0.
[[nodiscard]] PackResult search_placement(std::span<const LiveRange> ranges,
                                          SearchLimits limits = {}, std::int64_t alignment = 1);

}  // namespace foregraph
