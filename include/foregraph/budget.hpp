#pragma once

/// @file
/// What fits a memory budget: batch sizes, micro-batches, recomputation.

#include <foregraph/detail/compile/remedies.hpp>
#include <foregraph/detail/planner/budget.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
/// Use remedies_report().
[[nodiscard]] inline std::string report(const RemedyResults& results, Bytes budget) {
  return remedies_report(results, budget);
}
#endif

}  // namespace foregraph
