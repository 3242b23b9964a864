#pragma once

#include <cstddef>
#include <vector>

#include <foregraph/planner/plan.hpp>
#include <foregraph/runtime/data/loader.hpp>

namespace foregraph {

/// Finds the field of the data set for each input of the graph, by name, and where the plan wants
/// it. Throws DataError if a field is missing, or has another dtype or another number of elements.
[[nodiscard]] std::vector<SlotField> match_fields(const Graph& g, const Plan& plan,
                                                  const Dataset& data);

/// Where each of the plan's input slots begins, the first of them at `first`.
[[nodiscard]] std::vector<std::byte*> slot_bases(std::byte* first, const Plan& plan);

}  // namespace foregraph
