#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/diagnose/view/timeline.hpp>

namespace foregraph::picture {

/// Steps [first, last), drawn as one column.
struct Column {
  std::int32_t first = 0;
  std::int32_t last = 0;
  BytesByCategory alive{};
};

/// Merges the steps into at most `most` columns. If there are at most `most` steps, the columns are
/// exact, and equal steps share a column. Otherwise each column covers several steps and shows its
/// fullest one: peaks stay, valleys between them may not. O(steps).
[[nodiscard]] std::vector<Column> columns_of(std::span<const TimelineStep> steps,
                                             std::int32_t most);

}  // namespace foregraph::picture
