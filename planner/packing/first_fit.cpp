#include <algorithm>
#include <foregraph/detail/planner/packing/first_fit.hpp>

namespace foregraph::packing {

std::vector<std::int64_t> first_fit(const Part& part, const std::vector<Index>& rank,
                                    Effort& effort) {
  struct Placed {
    std::int64_t offset;
    std::int64_t end;
    Index first;
    Index last;
  };
  std::vector<Index> sequence(rank.size());
  for (std::size_t i = 0; i < rank.size(); ++i) sequence[at(rank[i])] = static_cast<Index>(i);
  std::vector<std::int64_t> offsets(rank.size(), 0);
  std::vector<Placed> row;
  row.reserve(rank.size());
  for (const Index i : sequence) {
    const Part::Buffer& b = part.buffers[at(i)];
    std::int64_t offset = 0;
    std::int64_t compared = 0;
    for (const Placed& other : row) {
      ++compared;
      if (other.first >= b.last || b.first >= other.last) continue;
      if (other.offset >= offset + b.size) break;
      offset = std::max(offset, other.end);
    }
    effort.spend(2 + compared);
    if (effort.is_over_now()) return {};
    offsets[at(i)] = offset;
    const auto where =
        std::upper_bound(row.begin(), row.end(), offset,
                         [](std::int64_t x, const Placed& other) { return x < other.offset; });
    row.insert(where, {offset, offset + b.size, b.first, b.last});
  }
  return offsets;
}

}  // namespace foregraph::packing
