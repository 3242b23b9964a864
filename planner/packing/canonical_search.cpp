#include <algorithm>
#include <foregraph/detail/planner/packing/canonical_search.hpp>
#include <limits>
#include <numeric>

namespace foregraph::packing {

CanonicalSearch::CanonicalSearch(const Part& part) : part_(part) {
  const auto count = static_cast<Index>(part.buffers.size());
  overlapping_.resize(part.buffers.size());
  for (Index i = 0; i < count; ++i)
    for (Index j = i + 1; j < count; ++j) {
      if (part.buffers[at(j)].first >= part.buffers[at(i)].last) break;
      overlapping_[at(i)].push_back(j);
      overlapping_[at(j)].push_back(i);
    }
  lowest_.resize(part.alive.size());
}

CanonicalSearch::Outcome CanonicalSearch::run(std::int64_t capacity, const std::vector<Index>& rank,
                                              std::int64_t most_steps, Effort& effort) {
  steps_ = 0;
  if (capacity < part_.most_alive) return Outcome::impossible;
  capacity_ = capacity;
  rank_ = &rank;
  most_steps_ = most_steps;
  effort_ = &effort;
  gave_up_ = false;
  offsets_.assign(part_.buffers.size(), 0);
  is_placed_.assign(part_.buffers.size(), 0);
  to_come_ = part_.alive;
  raised_.clear();
  placed_.clear();
  std::vector<Index> all(part_.buffers.size());
  std::iota(all.begin(), all.end(), 0);
  if (solve_parts(all, {})) return Outcome::found;
  return gave_up_ ? Outcome::gave_up : Outcome::impossible;
}

/// Splits the unplaced buffers of `rest` into parts that do not overlap in time and solves each,
/// smallest first, so that an impossible part is found soon.
bool CanonicalSearch::solve_parts(const std::vector<Index>& rest, Last last) {
  std::vector<std::vector<Index>> parts;
  Index end = -1;
  for (const Index i : rest) {
    if (is_placed_[at(i)]) continue;
    const Part::Buffer& b = part_.buffers[at(i)];
    if (b.first >= end) {
      parts.emplace_back();
      parts.back().reserve(rest.size());
    }
    parts.back().push_back(i);
    end = std::max(end, b.last);
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& x, const auto& y) { return x.size() < y.size(); });
  return std::all_of(parts.begin(), parts.end(),
                     [&](const auto& each) { return solve(each, last); });
}

bool CanonicalSearch::solve(const std::vector<Index>& rest, Last last) {
  std::int64_t lowest_top = std::numeric_limits<std::int64_t>::max();
  for (const Index i : rest)
    lowest_top =
        std::min(lowest_top, std::max(offsets_[at(i)], last.offset) + part_.buffers[at(i)].size);
  struct Candidate {
    std::int64_t offset;
    Index rank;
    Index buffer;
  };
  std::vector<Candidate> candidates;
  for (const Index i : rest) {
    const std::int64_t offset = offsets_[at(i)];
    const Index rank = (*rank_)[at(i)];
    if (offset < last.offset || offset >= lowest_top) continue;
    if (offset == last.offset && rank < last.rank) continue;
    candidates.push_back({offset, rank, i});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& x, const Candidate& y) {
    return x.offset != y.offset ? x.offset < y.offset : x.rank < y.rank;
  });
  for (const Candidate& c : candidates) {
    effort_->spend(static_cast<std::int64_t>(4 * rest.size()));
    if (++steps_ > most_steps_ || effort_->is_over_now()) {
      gave_up_ = true;
      return false;
    }
    const Part::Buffer& b = part_.buffers[at(c.buffer)];
    const std::int64_t top = c.offset + b.size;
    if (top > capacity_) continue;
    const Mark mark{raised_.size(), placed_.size()};
    place(c.buffer);
    if (push_up(c.buffer, top) && fits_still(c.buffer, rest) &&
        solve_parts(rest, {c.offset, c.rank}))
      return true;
    undo(mark);
    if (gave_up_) return false;
  }
  return false;
}

/// Raises unplaced buffers that overlap the buffer just placed to its top. Returns false if one of
/// them then exceeds the capacity.
bool CanonicalSearch::push_up(Index placed, std::int64_t top) {
  for (const Index j : overlapping_[at(placed)]) {
    if (is_placed_[at(j)] || offsets_[at(j)] >= top) continue;
    raised_.push_back({j, offsets_[at(j)]});
    offsets_[at(j)] = top;
    if (top + part_.buffers[at(j)].size > capacity_) return false;
  }
  return true;
}

/// Returns true if each section can hold its remaining buffers, all at or above the buffer just
/// placed. Checks only sections in which some buffer can have moved up.
bool CanonicalSearch::fits_still(Index placed, const std::vector<Index>& rest) {
  const std::int64_t floor = offsets_[at(placed)];
  Index begin = part_.buffers[at(placed)].first;
  Index end = part_.buffers[at(placed)].last;
  for (const Index j : rest) {
    const Part::Buffer& b = part_.buffers[at(j)];
    if (is_placed_[at(j)]) continue;
    if (offsets_[at(j)] >= floor && !b.overlaps(part_.buffers[at(placed)])) continue;
    begin = std::min(begin, b.first);
    end = std::max(end, b.last);
  }
  std::fill(lowest_.begin() + begin, lowest_.begin() + end, capacity_);
  for (const Index j : rest) {
    const Part::Buffer& b = part_.buffers[at(j)];
    if (b.first >= end) break;
    if (is_placed_[at(j)] || b.last <= begin) continue;
    const std::int64_t offset = std::max(offsets_[at(j)], floor);
    const Index stop = std::min(b.last, end);
    for (Index s = std::max(b.first, begin); s < stop; ++s)
      lowest_[at(s)] = std::min(lowest_[at(s)], offset);
  }
  for (Index s = begin; s < end; ++s)
    if (lowest_[at(s)] + to_come_[at(s)] > capacity_) return false;
  return true;
}

void CanonicalSearch::place(Index i) {
  const Part::Buffer& b = part_.buffers[at(i)];
  is_placed_[at(i)] = 1;
  placed_.push_back(i);
  for (Index s = b.first; s < b.last; ++s) to_come_[at(s)] -= b.size;
}

/// Removes all placements since `mark`, including those of parts solved before another part failed.
void CanonicalSearch::undo(Mark mark) {
  for (; placed_.size() > mark.placed; placed_.pop_back()) {
    const Part::Buffer& b = part_.buffers[at(placed_.back())];
    is_placed_[at(placed_.back())] = 0;
    for (Index s = b.first; s < b.last; ++s) to_come_[at(s)] += b.size;
  }
  for (; raised_.size() > mark.raised; raised_.pop_back())
    offsets_[at(raised_.back().buffer)] = raised_.back().offset;
}

}  // namespace foregraph::packing
