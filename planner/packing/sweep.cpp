#include <algorithm>
#include <foregraph/detail/planner/packing/sweep.hpp>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace foregraph::packing {
namespace {

/// Free space from 0 to infinity, indexed by offset and by size.
class Gaps {
 public:
  Gaps() { insert(0, std::numeric_limits<std::int64_t>::max()); }

  std::int64_t take(std::int64_t size, bool best_fit, Effort& effort) {
    auto gap = by_offset_.begin();
    std::int64_t compared = 1;
    if (best_fit) {
      gap = by_offset_.find(by_size_.lower_bound({size, 0})->second);
    } else {
      for (; gap->second - gap->first < size; ++gap) ++compared;
    }
    effort.spend(100 + 10 * compared);
    const auto [begin, end] = *gap;
    erase(gap);
    if (begin + size < end) insert(begin + size, end);
    return begin;
  }

  void take_at(std::int64_t offset, std::int64_t size) {
    const auto gap = std::prev(by_offset_.upper_bound(offset));
    const auto [begin, end] = *gap;
    erase(gap);
    if (begin < offset) insert(begin, offset);
    if (offset + size < end) insert(offset + size, end);
  }

  void give_back(std::int64_t offset, std::int64_t size) {
    std::int64_t begin = offset;
    std::int64_t end = offset + size;
    auto next = by_offset_.lower_bound(offset);
    if (next != by_offset_.end() && next->first == end) {
      end = next->second;
      erase(next++);
    }
    if (next != by_offset_.begin() && std::prev(next)->second == begin) {
      begin = std::prev(next)->first;
      erase(std::prev(next));
    }
    insert(begin, end);
  }

 private:
  using ByOffset = std::map<std::int64_t, std::int64_t>;
  void insert(std::int64_t begin, std::int64_t end) {
    by_offset_.emplace(begin, end);
    by_size_.emplace(end - begin, begin);
  }
  void erase(ByOffset::iterator gap) {
    by_size_.erase({gap->second - gap->first, gap->first});
    by_offset_.erase(gap);
  }
  ByOffset by_offset_{};  ///< maps to the end of each gap
  std::set<std::pair<std::int64_t, std::int64_t>> by_size_{};
};

/// Places the buffers `coming` in the given order; before each, frees the buffers that have ended.
template <class Comes, class Goes>
void place_in_time(const Part& part, const std::vector<Index>& alive, std::vector<Index> coming,
                   bool best_fit, const Comes& comes, const Goes& goes,
                   std::vector<std::int64_t>& offsets, std::int64_t& peak, Effort& effort) {
  Gaps gaps;
  std::vector<Index> going = alive;
  going.insert(going.end(), coming.begin(), coming.end());
  std::stable_sort(going.begin(), going.end(), [&](Index x, Index y) { return goes(x) < goes(y); });
  std::stable_sort(coming.begin(), coming.end(),
                   [&](Index x, Index y) { return comes(x) < comes(y); });
  for (const Index i : alive) gaps.take_at(offsets[at(i)], part.buffers[at(i)].size);
  std::size_t gone = 0;
  for (const Index i : coming) {
    const std::int64_t size = part.buffers[at(i)].size;
    if (effort.is_over_now()) {
      offsets[at(i)] = peak;
      peak += size;
      continue;
    }
    // Live ranges are not empty, so a buffer that has ended by now has been placed.
    for (; goes(going[gone]) <= comes(i); ++gone)
      gaps.give_back(offsets[at(going[gone])], part.buffers[at(going[gone])].size);
    offsets[at(i)] = gaps.take(size, best_fit, effort);
    peak = std::max(peak, offsets[at(i)] + size);
  }
}

Index start_of(const Part& part, SweepOptions::From from) {
  if (from == SweepOptions::From::begin) return 0;
  if (from == SweepOptions::From::end) return static_cast<Index>(part.alive.size()) - 1;
  return static_cast<Index>(std::max_element(part.alive.begin(), part.alive.end()) -
                            part.alive.begin());
}

}  // namespace

std::vector<std::int64_t> sweep(const Part& part, const SweepOptions& options, Effort& effort) {
  const auto& buffers = part.buffers;
  const Index start = start_of(part, options.from);
  std::vector<Index> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](Index x, Index y) {
    const Part::Buffer& a = buffers[at(x)];
    const Part::Buffer& b = buffers[at(y)];
    return options.large_first && a.size != b.size ? a.size > b.size : a.steps > b.steps;
  });
  std::vector<Index> alive;
  std::vector<Index> before;
  std::vector<Index> after;
  for (const Index i : order) {
    const Part::Buffer& b = buffers[at(i)];
    (b.last <= start ? before : b.first > start ? after : alive).push_back(i);
  }
  std::stable_sort(alive.begin(), alive.end(), [&](Index x, Index y) {
    const Part::Buffer& a = buffers[at(x)];
    const Part::Buffer& b = buffers[at(y)];
    using Stack = SweepOptions::Stack;
    if (options.stack == Stack::by_first) return a.first < b.first;
    if (options.stack == Stack::by_last) return a.last > b.last;
    return options.stack == Stack::by_steps ? a.steps > b.steps : a.size > b.size;
  });
  std::vector<std::int64_t> offsets(buffers.size(), 0);
  std::int64_t top = 0;
  for (const Index i : alive) {
    offsets[at(i)] = top;
    top += buffers[at(i)].size;
  }
  place_in_time(
      part, alive, std::move(after), options.best_fit,
      [&](Index i) { return buffers[at(i)].first; }, [&](Index i) { return buffers[at(i)].last; },
      offsets, top, effort);
  place_in_time(
      part, alive, std::move(before), options.best_fit,
      [&](Index i) { return -buffers[at(i)].last; }, [&](Index i) { return -buffers[at(i)].first; },
      offsets, top, effort);
  return offsets;
}

}  // namespace foregraph::packing
