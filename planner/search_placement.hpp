#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/planner/packing/placement.hpp>

namespace foregraph {

/// When the search ends.
struct SearchLimits {
  double seconds = 10;  ///< at most; may be infinite
  /// Units of work, a few nanoseconds each. A search that only this ends
  /// (`seconds` infinite) is the same on every machine.
  std::int64_t work = std::numeric_limits<std::int64_t>::max();
};

/// The result of search_placement().
struct PackResult {
  /// The offsets.
  Placement placement{};
  std::int64_t lower_bound_bytes = 0;  ///< no placement has a lower peak
  bool proven_optimal = false;         ///< the peak is the lower bound
  double seconds = 0;                  ///< duration of the search
};

/// Assigns offsets so that buffers alive at the same step never overlap, with the lowest peak it
/// finds in the time allowed. Runs on one thread, at run time only; place() is for the compiler.
///
/// The timeline is cut where no buffer is alive across the cut, and each part is placed separately.
/// Fast placements come first: place(), sweeps in time (packing/sweep.hpp), fillings from the
/// bottom up (packing/skyline.hpp), also with buffers joined (packing/contraction.hpp), and first
/// fits in many orders. Parts above the lower bound are then searched in rounds
/// (packing/part_search.hpp): by branch and bound (packing/canonical_search.hpp) in many orders,
/// with few steps each at first and then more, which can also prove that no better placement
/// exists; by all these with buffers joined; by varied fillings (packing/skyline_search.hpp); and
/// by varied first fits (packing/sequence_search.hpp). The search ends as soon as the peak equals
/// the most bytes alive at a step.
///
/// Deterministic unless the time limit ends the search. Never worse than place() unless the time
/// limit ends the search very early. Buffers of 0 bytes or with an empty live range get offset 0.
/// With more than about 4,000,000 pairs of buffers alive together there is no branch and bound, and
/// with more than 16,384 buffers there are no first fits. When the time limit ends the first sweep
/// of a million buffers, the rest is stacked on top.
///
/// Sizes are rounded up to multiples of `alignment`, so that offsets are multiples too.
/// Throws UsageError if a size is negative, the sum of sizes is 2^62 or more, the alignment is not
/// positive, or a limit is negative or NaN.
[[nodiscard]] FOREGRAPH_EXPORT PackResult search_placement(ListOf<LiveRange> ranges,
                                                           SearchLimits limits = {},
                                                           std::int64_t alignment = 1);

}  // namespace foregraph
