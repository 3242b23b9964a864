#include <algorithm>
#include <foregraph/detail/planner/packing/variation.hpp>
#include <numeric>

namespace foregraph::packing {

void move_forward(std::vector<Index>& rank, const std::vector<std::int64_t>& over, Random& random) {
  const std::size_t count = rank.size();
  const double most_over = static_cast<double>(*std::max_element(over.begin(), over.end()) + 1);
  std::vector<double> keys(rank.begin(), rank.end());
  for (std::size_t i = 0; i < count; ++i) {
    if (over[i] <= 0) continue;
    const double share = static_cast<double>(random.next() >> 11U) * 0x1p-53;
    keys[i] -=
        0.3 * static_cast<double>(count) * share * (0.3 + static_cast<double>(over[i]) / most_over);
  }
  std::vector<Index> sequence(count);
  std::iota(sequence.begin(), sequence.end(), 0);
  std::stable_sort(sequence.begin(), sequence.end(),
                   [&](Index x, Index y) { return keys[at(x)] < keys[at(y)]; });
  for (std::size_t i = 0; i < count; ++i) rank[at(sequence[i])] = static_cast<Index>(i);
}

}  // namespace foregraph::packing
