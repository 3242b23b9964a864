#include <algorithm>
#include <foregraph/detail/planner/packing/sequence_search.hpp>
#include <limits>

namespace foregraph::packing {
namespace {

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

}  // namespace

SequenceSearch::SequenceSearch(const Part& part, const std::vector<Index>& rank, Effort& effort)
    : part_(part), sequence_(rank.size()), offsets_(rank.size(), 0) {
  for (std::size_t i = 0; i < rank.size(); ++i) sequence_[at(rank[i])] = static_cast<Index>(i);
  row_.reserve(rank.size());
  peak_ = place_from(0, no_limit, effort);
  best_ = peak_;
  best_offsets_ = offsets_;
}

/// Places the buffers of sequence_ from `position` on; earlier ones keep their offsets. Returns the
/// peak; stops early once it exceeds `give_up_above`, or when the effort is used up with a peak
/// without limit.
std::int64_t SequenceSearch::place_from(std::size_t position, std::int64_t give_up_above,
                                        Effort& effort) {
  row_.clear();
  std::int64_t peak = 0;
  for (std::size_t k = 0; k < position; ++k) {
    const Index i = sequence_[k];
    const Part::Buffer& b = part_.buffers[at(i)];
    const std::int64_t offset = offsets_[at(i)];
    row_.push_back({offset, offset + b.size, b.first, b.last, i});
    peak = std::max(peak, offset + b.size);
  }
  const auto by_offset = [](const Placed& x, const Placed& y) { return x.offset < y.offset; };
  std::sort(row_.begin(), row_.end(), by_offset);
  for (std::size_t k = position; k < sequence_.size(); ++k) {
    const Index i = sequence_[k];
    const Part::Buffer& b = part_.buffers[at(i)];
    std::int64_t offset = 0;
    std::int64_t compared = 0;
    for (const Placed& other : row_) {
      ++compared;
      if (other.first >= b.last || b.first >= other.last) continue;
      if (other.offset >= offset + b.size) break;
      offset = std::max(offset, other.end);
    }
    effort.spend(2 + compared);
    if (effort.is_over_now()) return no_limit;
    offsets_[at(i)] = offset;
    peak = std::max(peak, offset + b.size);
    if (peak > give_up_above) return peak;
    const Placed placed{offset, offset + b.size, b.first, b.last, i};
    row_.insert(std::upper_bound(row_.begin(), row_.end(), placed, by_offset), placed);
  }
  return peak;
}

/// Draws a buffer at the peak, or one below it on which it rests, directly or indirectly.
Index SequenceSearch::draw_culprit() {
  std::vector<Index> candidates;
  const auto draw = [&] { return candidates[random_.next() % candidates.size()]; };
  for (std::size_t i = 0; i < offsets_.size(); ++i)
    if (offsets_[i] + part_.buffers[i].size == peak_) candidates.push_back(static_cast<Index>(i));
  Index culprit = draw();
  while (random_.next() % 3 != 0) {
    const Part::Buffer& b = part_.buffers[at(culprit)];
    candidates.clear();
    for (std::size_t i = 0; i < offsets_.size(); ++i)
      if (offsets_[i] + part_.buffers[i].size == offsets_[at(culprit)] &&
          b.overlaps(part_.buffers[i]))
        candidates.push_back(static_cast<Index>(i));
    if (candidates.empty()) break;
    culprit = draw();
  }
  return culprit;
}

void SequenceSearch::step(std::int64_t target, Effort& effort) {
  if (peak_ <= target || peak_ == no_limit) return;
  effort.spend(static_cast<std::int64_t>(2 * offsets_.size()));
  const auto begin = sequence_.begin();
  const auto from = std::find(begin, sequence_.end(), draw_culprit()) - begin;
  if (from == 0) return;
  const auto to = static_cast<std::ptrdiff_t>(random_.next() % static_cast<std::uint64_t>(from));
  const std::vector<std::int64_t> offsets_before = offsets_;
  std::rotate(begin + to, begin + from, begin + from + 1);
  const std::int64_t accepted = std::max(peak_, best_ + (best_ - target) / 4);
  const std::int64_t peak = place_from(static_cast<std::size_t>(to), accepted, effort);
  if (peak > accepted) {
    std::rotate(begin + to, begin + to + 1, begin + from + 1);
    offsets_ = offsets_before;
    return;
  }
  peak_ = peak;
  if (peak_ >= best_) return;
  best_ = peak_;
  best_offsets_ = offsets_;
}

}  // namespace foregraph::packing
