#pragma once

#include <vector>

#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// The rank of each buffer in order `number` of an endless list, the same in every run.
///
/// Idea: which order suits an instance cannot be told, but if one does, a search by it hardly has
/// to go back; so many are tried, each for a short while. The first are by two or three of: the
/// most alive in a section it lives in, life, area, size, begin, end (the first three are those of
/// MiniMalloc). Those after are by sums of these with random weights, now and then with noise.
/// O(n log n + sections * alive).
[[nodiscard]] std::vector<Index> rank_by_order(const Part& part, int number);

/// Orders that are not random.
[[nodiscard]] int plain_orders();

}  // namespace foregraph::packing
