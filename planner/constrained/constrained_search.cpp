#include <algorithm>
#include <foregraph/detail/planner/constrained/constrained_search.hpp>
#include <foregraph/detail/planner/packing/orders.hpp>
#include <foregraph/detail/planner/packing/variation.hpp>
#include <utility>

namespace foregraph::packing {
namespace {

/// Overlapping pairs above which they are not listed.
constexpr std::int64_t most_listed_pairs = 8'000'000;
constexpr int most_constrained_steps = 2'000;
constexpr int constrained_variations_from_best = 32;

std::int64_t up_to_multiple(std::int64_t value, std::int64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

}  // namespace

ConstrainedSearch::ConstrainedSearch(std::span<const ConstrainedBuffer> buffers, const Part& part)
    : buffers_(buffers), part_(part), uses_(part.buffers.size()) {
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    const ConstrainedBuffer& b = buffer(i);
    std::int32_t now = b.range.first;
    for (const LifeGap& gap : b.gaps) {
      if (now < gap.first) uses_[i].push_back({now, gap.first, 0, b.range.bytes});
      if (gap.first < gap.last && gap.begin < gap.end)
        uses_[i].push_back({gap.first, gap.last, gap.begin, gap.end});
      now = gap.last;
    }
    if (now < b.range.last) uses_[i].push_back({now, b.range.last, 0, b.range.bytes});
  }
  if (overlapping_pairs(part) > most_listed_pairs) return;
  overlapping_.resize(uses_.size());
  for (std::size_t i = 0; i < uses_.size(); ++i)
    for (std::size_t j = i + 1; j < uses_.size(); ++j) {
      if (part.buffers[j].first >= part.buffers[i].last) break;
      overlapping_[i].push_back(static_cast<Index>(j));
      overlapping_[j].push_back(static_cast<Index>(i));
    }
}

bool ConstrainedSearch::is_exhausted() const {
  return steps_ >= most_constrained_steps;
}

/// Adds the offsets that the placed buffer `by` rules out.
void ConstrainedSearch::rule_out(std::size_t by, std::size_t for_buffer) {
  const std::vector<Use>& mine = uses_[for_buffer];
  const std::vector<Use>& its = uses_[by];
  for (std::size_t m = 0, k = 0; m < mine.size() && k < its.size();) {
    if (mine[m].first < its[k].last && its[k].first < mine[m].last)
      ruled_out_.push_back(
          {current_[by] + its[k].begin - mine[m].end, current_[by] + its[k].end - mine[m].begin});
    if (mine[m].last <= its[k].last)
      ++m;
    else
      ++k;
  }
}

std::int64_t ConstrainedSearch::lowest_offset(std::size_t i, std::int64_t compared,
                                              Effort& effort) {
  effort.spend(10 + 5 * compared + 20 * static_cast<std::int64_t>(ruled_out_.size()));
  std::sort(ruled_out_.begin(), ruled_out_.end(),
            [](const RuledOut& x, const RuledOut& y) { return x.above < y.above; });
  std::int64_t offset = 0;
  for (const RuledOut& each : ruled_out_) {
    if (each.above >= offset) break;
    if (each.below > offset) offset = up_to_multiple(each.below, buffer(i).alignment);
  }
  return offset;
}

std::vector<std::int64_t> ConstrainedSearch::place(const std::vector<Index>& rank, Effort& effort) {
  const std::size_t count = uses_.size();
  std::vector<std::size_t> sequence(count);
  for (std::size_t i = 0; i < count; ++i) sequence[at(rank[i])] = i;
  current_.assign(count, 0);
  is_placed_.assign(count, 0);
  placed_.clear();
  std::int64_t peak = 0;
  const auto put = [&](std::size_t i, std::int64_t offset) {
    current_[i] = offset;
    is_placed_[i] = 1;
    placed_.push_back(static_cast<Index>(i));
    peak = std::max(peak, offset + buffer(i).range.bytes);
  };
  for (std::size_t i = 0; i < count; ++i)
    if (buffer(i).offset) put(i, *buffer(i).offset);
  for (const std::size_t i : sequence) {
    if (is_placed_[i] != 0) continue;
    if (effort.is_over_now()) {
      put(i, up_to_multiple(peak, buffer(i).alignment));
      continue;
    }
    ruled_out_.clear();
    const std::vector<Index>& others = overlapping_.empty() ? placed_ : overlapping_[i];
    for (const Index other : others)
      if (is_placed_[at(other)] != 0) rule_out(at(other), i);
    put(i, lowest_offset(i, static_cast<std::int64_t>(others.size()), effort));
  }
  return current_;
}

void ConstrainedSearch::take_if_better(std::span<const std::int64_t> offsets) {
  std::vector<std::int64_t> mine;
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    mine.push_back(offsets[at(part_.buffers[i].index)]);
    peak = std::max(peak, mine.back() + buffer(i).range.bytes);
  }
  if (peak >= best_) return;
  best_ = peak;
  best_offsets_ = std::move(mine);
}

void ConstrainedSearch::step(std::int64_t target, Effort& effort) {
  if (best_ <= target) return;
  const int step = steps_++;
  const bool is_varied = step >= plain_orders() && step % 2 == 0 && !best_rank_.empty();
  std::vector<Index> rank;
  if (is_varied) {
    if (since_best_++ % constrained_variations_from_best == 0) varied_rank_ = best_rank_;
    rank = varied_rank_;
  } else {
    rank = rank_by_order(
        part_, step < plain_orders() ? step : plain_orders() + (step - plain_orders()) / 2);
  }
  const std::vector<std::int64_t> offsets = place(rank, effort);
  std::vector<std::int64_t> over;
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const std::int64_t end = offsets[i] + buffer(i).range.bytes;
    over.push_back(buffer(i).offset ? 0 : end - target);
    peak = std::max(peak, end);
  }
  if (peak < best_) {
    best_ = peak;
    best_offsets_ = offsets;
    best_rank_ = rank;
    since_best_ = 0;
  }
  if (is_varied) move_forward(varied_rank_, over, random_);
}

}  // namespace foregraph::packing
