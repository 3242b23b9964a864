#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// An input of this name, f32[batch], that is no field of the data is 1 for samples and 0 for what
/// Tail::pad fills the last batch up with.
inline constexpr std::string_view mask_name = "mask";

/// Finds the field of the pipeline for each input of the graph, by name, and where the plan wants
/// it. Throws DataError if a field is missing, has another dtype, or rows of another shape than the
/// input (dimensions of 1 do not count), and if batches are filled up but the model has no mask.
[[nodiscard]] std::vector<SlotField> match_fields(const Graph& g, const Plan& plan,
                                                  const Pipeline& data);

/// Where each of the plan's input slots begins, the first of them at `first`.
[[nodiscard]] std::vector<std::byte*> slot_bases(std::byte* first, const Plan& plan);

}  // namespace foregraph
