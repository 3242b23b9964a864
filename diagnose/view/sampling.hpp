#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/diagnose/view/timeline.hpp>

namespace foregraph::picture {

/// The steps from `first` up to but without `last`, drawn as one.
struct Column {
  std::int32_t first = 0;
  std::int32_t last = 0;
  BytesByCategory alive{};
};

/// At most `most` columns for the steps. Exact where there are no more steps than that, with steps
/// that do not differ in one column; else as many steps a column as needed, and each has the bytes
/// of its fullest step: peaks stay, valleys between them may not. O(steps).
[[nodiscard]] std::vector<Column> columns_of(std::span<const TimelineStep> steps,
                                             std::int32_t most);

}  // namespace foregraph::picture
