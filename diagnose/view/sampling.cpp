#include <algorithm>
#include <foregraph/detail/diagnose/view/sampling.hpp>

namespace foregraph::picture {

std::vector<Column> columns_of(std::span<const TimelineStep> steps, std::int32_t most) {
  const auto count = static_cast<std::int32_t>(steps.size());
  const std::int32_t width = std::max(1, (count + most - 1) / most);
  std::vector<Column> columns;
  for (std::int32_t first = 0; first < count; first += width) {
    const std::int32_t last = std::min(first + width, count);
    const auto fullest = std::max_element(steps.begin() + first, steps.begin() + last,
                                          [](const TimelineStep& a, const TimelineStep& b) {
                                            return sum_of(a.alive) < sum_of(b.alive);
                                          });
    if (!columns.empty() && columns.back().alive == fullest->alive)
      columns.back().last = last;
    else
      columns.push_back({first, last, fullest->alive});
  }
  return columns;
}

}  // namespace foregraph::picture
