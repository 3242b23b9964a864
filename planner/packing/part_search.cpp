#include <algorithm>
#include <foregraph/detail/planner/packing/first_fit.hpp>
#include <foregraph/detail/planner/packing/orders.hpp>
#include <foregraph/detail/planner/packing/part_search.hpp>
#include <foregraph/detail/planner/packing/sweep.hpp>
#include <limits>

namespace foregraph::packing {
namespace {

/// Overlapping pairs above which canonical searches would take too much time and memory.
constexpr std::int64_t most_pairs = 4'000'000;
constexpr int most_rounds = 24;
/// Tries of the sequence search in the first round; doubled in each of the next eight.
constexpr int sequence_tries = 500;

/// Returns the number of plain orders in a round: few at first, so that a part with many buffers
/// improves soon.
int plain_orders_in(int round) {
  return round == 0 ? 6 : round == 1 ? plain_orders() / 2 : plain_orders();
}
int random_orders_in(int round) {
  return round < 2 ? 0 : plain_orders() << std::min(round - 2, 6);
}
/// Returns the number of contractions with other seeds that a round searches briefly.
int contractions_in(int round) {
  return round == 0 ? 0 : 4 << std::min(round, 8);
}

bool is_over(Deadline deadline) {
  return std::chrono::steady_clock::now() >= deadline;
}

}  // namespace

PartSearch::PartSearch(const Part& part, bool is_contracted)
    : part_(&part),
      peak_(std::numeric_limits<std::int64_t>::max()),
      bound_(part.most_alive),
      is_contracted_(is_contracted) {
  // Start from a valid placement, however large: all buffers stacked.
  std::vector<std::int64_t> stacked(part.buffers.size(), 0);
  std::int64_t top = 0;
  for (std::size_t i = 0; i < stacked.size(); ++i) {
    stacked[i] = top;
    top += part.buffers[i].size;
  }
  take_if_better(std::move(stacked));
}

std::int64_t PartSearch::take_if_better(std::vector<std::int64_t> offsets) {
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i)
    peak = std::max(peak, offsets[i] + part_->buffers[i].size);
  if (peak >= peak_) return peak;
  peak_ = peak;
  offsets_ = std::move(offsets);
  return peak;
}

void PartSearch::sweep_all(std::int64_t target, Deadline deadline) {
  using From = SweepOptions::From;
  using Stack = SweepOptions::Stack;
  for (const bool best_fit : {true, false})
    for (const From from : {From::peak, From::begin, From::end})
      for (const Stack stack : {Stack::by_steps, Stack::by_first, Stack::by_last, Stack::by_size})
        for (const bool large_first : {true, false}) {
          if (peak_ <= target || is_over(deadline)) return;
          take_if_better(sweep(*part_, {from, stack, best_fit, large_first}));
        }
}

void PartSearch::vary_sequence(std::int64_t target, int tries, Deadline deadline) {
  if (!sequence_search_)
    sequence_search_ = std::make_unique<SequenceSearch>(*part_, rank(best_order_));
  for (; tries > 0 && peak_ > target && !is_over(deadline); --tries) {
    sequence_search_->step(target);
    if (sequence_search_->peak() < peak_) take_if_better(sequence_search_->offsets());
  }
}

void PartSearch::first_fit_all(std::int64_t target, Deadline deadline) {
  for (int order = 0; order < plain_orders(); ++order) {
    if (peak_ <= target || is_over(deadline)) return;
    const std::int64_t peak = take_if_better(first_fit(*part_, rank_by_order(*part_, order)));
    if (peak < best_order_peak_) {
      best_order_peak_ = peak;
      best_order_ = order;
    }
  }
}

const std::vector<Index>& PartSearch::rank(int order) {
  while (static_cast<int>(ranks_.size()) <= order)
    ranks_.push_back(rank_by_order(*part_, static_cast<int>(ranks_.size())));
  return ranks_[static_cast<std::size_t>(order)];
}

/// Returns true if one of this round's orders finds a placement within `capacity`. Raises the bound
/// if a search proves that none exists.
bool PartSearch::try_capacity(std::int64_t capacity, Deadline deadline) {
  const int plain = plain_orders_in(round_);
  for (int i = 0; i < plain + random_orders_in(round_); ++i) {
    if (is_over(deadline)) return false;
    const int order = i < plain ? i : first_random_ + i - plain;
    switch (canonical_->run(capacity, rank(order), most_steps_)) {
      case CanonicalSearch::Outcome::found:
        take_if_better(canonical_->offsets());
        return true;
      case CanonicalSearch::Outcome::impossible:
        bound_ = capacity + 1;
        return false;
      case CanonicalSearch::Outcome::gave_up:
        break;
    }
  }
  return false;
}

void PartSearch::search_contracted(std::int64_t target, Deadline deadline) {
  if (is_contracted_) return;
  if (!contraction_) {
    contraction_ = std::make_unique<Contraction>(*part_, next_seed_++);
    if (contraction_->part().buffers.size() < part_->buffers.size()) {
      contracted_ = std::make_unique<PartSearch>(contraction_->part(), true);
      contracted_->sweep_all(target, deadline);
      contracted_->first_fit_all(target, deadline);
    }
  }
  if (!contracted_) return;
  contracted_->search(target, peak_, deadline);
  take_if_better(contraction_->expand(contracted_->offsets()));
  for (int i = contractions_in(round_); i > 0 && peak_ > target && !is_over(deadline); --i) {
    const Contraction other(*part_, next_seed_++);
    PartSearch search(other.part(), true);
    search.search(target, target + 1, deadline);
    take_if_better(other.expand(search.offsets()));
  }
}

void PartSearch::search(std::int64_t target, std::int64_t below, Deadline deadline) {
  if (is_exhausted_ || peak_ <= target) return;
  if (!canonical_) {
    if (overlapping_pairs(*part_) > most_pairs) {
      is_exhausted_ = true;
      return;
    }
    canonical_ = std::make_unique<CanonicalSearch>(*part_);
    first_random_ = plain_orders();
    most_steps_ = 500 + 2 * static_cast<std::int64_t>(part_->buffers.size());
  }
  vary_sequence(target, sequence_tries << std::min(round_, 8), deadline);
  if (peak_ <= target) return;
  search_contracted(target, deadline);
  std::int64_t low = std::max(target, bound_);  // the lowest capacity not yet tried
  std::int64_t high = std::min(peak_, below);
  std::int64_t capacity = low;
  while (low < high && !is_over(deadline)) {
    const std::int64_t bound_before = bound_;
    if (try_capacity(capacity, deadline)) {
      high = peak_;
    } else {
      low = capacity + 1;
      const bool is_close = high - low < high / 1000;
      if (is_close && bound_ == bound_before) break;
    }
    capacity = low + (high - 1 - low) / 2;
  }
  first_random_ += random_orders_in(round_);
  most_steps_ += most_steps_ / 2;
  is_exhausted_ = ++round_ == most_rounds;
}

}  // namespace foregraph::packing
