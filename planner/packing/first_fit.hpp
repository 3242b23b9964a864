#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// Places buffers by rank, each at the lowest offset free over its whole life; for many buffers.
///
/// Idea: what is placed lies in one row by offset, with all that is compared in it, and the walk
/// along it ends at the first gap. O(n^2) at worst, but of memory that is read in a row. Offsets in
/// units.
[[nodiscard]] std::vector<std::int64_t> first_fit(const Part& part, const std::vector<Index>& rank);

}  // namespace foregraph::packing
