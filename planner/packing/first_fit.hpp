#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/effort.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// Places buffers by rank, each at the lowest offset that is free over its whole live range.
/// Returns offsets in units, or none if the effort is used up before the end.
///
/// Placed buffers are kept in one array sorted by offset, together with all the fields that are
/// compared; the scan ends at the first gap. O(n^2) worst case, with sequential memory access.
[[nodiscard]] std::vector<std::int64_t> first_fit(const Part& part, const std::vector<Index>& rank,
                                                  Effort& effort);

}  // namespace foregraph::packing
