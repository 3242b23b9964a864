#pragma once

#include <vector>

#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// Returns the rank of each buffer in order `number` of an endless, deterministic list of orders.
///
/// Idea: the order that suits an instance cannot be predicted, but with a suitable one a search
/// hardly ever backtracks; therefore many are tried briefly. The first ones sort by up to three of:
/// most bytes alive in a section of the live range, lifetime, area, size, number of sections,
/// begin, end (the first three are MiniMalloc's). Later orders sort by sums of these with random
/// weights, some with noise. O(n log n).
[[nodiscard]] std::vector<Index> rank_by_order(const Part& part, int number);

/// Returns the number of orders at the start of the list that are not random.
[[nodiscard]] int plain_orders();

}  // namespace foregraph::packing
