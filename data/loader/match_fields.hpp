#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph::data {

/// Name of the mask input, f32[batch]. If no field has this name, it is 1 for samples and 0 for
/// padding in a last batch filled up by Tail::pad.
inline constexpr std::string_view mask_name = "mask";

/// Returns the shape of one sample's part of an input. Rows are contiguous, so the batch dimension
/// must come first; throws DataError otherwise.
[[nodiscard]] std::vector<std::int64_t> input_row_shape(const Node& node, const std::string& name);

/// Returns the pipeline field for each input of the graph, matched by name, and its offset in the
/// plan. Throws DataError if a field is missing, has another dtype or a different row shape than
/// the input (ignoring dimensions of 1), and if batches are padded but the model has no mask.
[[nodiscard]] std::vector<SlotField> match_fields(const Graph& g, const Plan& plan,
                                                  const Pipeline& data);

/// Returns the start of each of the plan's input slots, the first being at `first`.
[[nodiscard]] std::vector<std::byte*> slot_bases(std::byte* first, const Plan& plan);

}  // namespace foregraph::data
