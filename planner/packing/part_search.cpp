#include <algorithm>
#include <foregraph/detail/planner/packing/first_fit.hpp>
#include <foregraph/detail/planner/packing/orders.hpp>
#include <foregraph/detail/planner/packing/part_search.hpp>
#include <foregraph/detail/planner/packing/sweep.hpp>
#include <limits>
#include <utility>

namespace foregraph::packing {
namespace {

/// Overlapping pairs above which canonical searches would take too much time and memory.
constexpr std::int64_t most_pairs = 4'000'000;
/// Buffers above which first fits, at O(n^2), take longer than they are worth.
constexpr std::size_t most_for_first_fit = 16'384;
/// Buffers above which none are joined.
constexpr std::size_t most_for_contraction = 200'000;
constexpr int most_rounds = 24;
/// Tries of the sequence search in the first round; doubled in each of the next eight.
constexpr int sequence_tries = 500;
/// Tries of the skyline search before the rounds, and in the first one; the latter are doubled as
/// above.
constexpr int first_skyline_tries = 12;
constexpr int skyline_tries = 8;
/// Contractions that are filled before the rounds.
constexpr int first_contractions = 32;
/// Work of one search in the first round; doubled in each of the next ones.
constexpr std::int64_t most_sequence_work = 100'000'000;
constexpr std::int64_t most_canonical_work = 300'000'000;

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

void PartSearch::sweep_all(std::int64_t target, bool best_fit, Effort& effort) {
  using From = SweepOptions::From;
  using Stack = SweepOptions::Stack;
  for (const From from : {From::peak, From::begin, From::end})
    for (const Stack stack : {Stack::by_steps, Stack::by_first, Stack::by_last, Stack::by_size})
      for (const bool large_first : {true, false}) {
        if (peak_ <= target || effort.is_over()) return;
        take_if_better(sweep(*part_, {from, stack, best_fit, large_first}, effort));
      }
}

void PartSearch::place_fast(std::int64_t target, Effort& effort) {
  if (peak_ <= target) return;
  // Whatever the effort, one sweep is made; it ends early by itself.
  take_if_better(sweep(*part_, {}, effort));
  vary_skyline(target, first_skyline_tries, effort);
  contract_fast(target, effort);
  sweep_all(target, true, effort);
  vary_skyline(target, SkylineSearch::plain_steps() - first_skyline_tries, effort);
  sweep_all(target, false, effort);
  first_fit_all(target, effort);
}

void PartSearch::vary_skyline(std::int64_t target, int tries, Effort& effort) {
  for (; tries > 0 && peak_ > target && !effort.is_over(); --tries) {
    if (!skyline_search_) skyline_search_ = std::make_unique<SkylineSearch>(*part_);
    std::vector<std::int64_t> offsets = skyline_search_->step(target, effort);
    if (!offsets.empty()) take_if_better(std::move(offsets));
  }
}

void PartSearch::vary_sequence(std::int64_t target, int tries, Effort& effort) {
  if (part_->buffers.size() > most_for_first_fit) return;
  for (; tries > 0 && peak_ > target && !effort.is_over(); --tries) {
    if (!sequence_search_)
      sequence_search_ = std::make_unique<SequenceSearch>(*part_, rank(best_order_), effort);
    sequence_search_->step(target, effort);
    if (sequence_search_->peak() < peak_) take_if_better(sequence_search_->offsets());
  }
}

void PartSearch::first_fit_all(std::int64_t target, Effort& effort) {
  if (part_->buffers.size() > most_for_first_fit) return;
  for (int order = 0; order < plain_orders(); ++order) {
    if (peak_ <= target || effort.is_over()) return;
    std::vector<std::int64_t> offsets = first_fit(*part_, rank(order), effort);
    if (offsets.empty()) return;
    const std::int64_t peak = take_if_better(std::move(offsets));
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
bool PartSearch::try_capacity(std::int64_t capacity, Effort& effort) {
  const int plain = plain_orders_in(round_);
  for (int i = 0; i < plain + random_orders_in(round_); ++i) {
    if (effort.is_over()) return false;
    const int order = i < plain ? i : first_random_ + i - plain;
    switch (canonical_->run(capacity, rank(order), most_steps_, effort)) {
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

std::unique_ptr<Contraction> PartSearch::contract(Effort& effort) {
  effort.spend(static_cast<std::int64_t>(2000 * part_->buffers.size()));
  return std::make_unique<Contraction>(*part_, next_seed_++);
}

/// Fills a few contractions from the bottom up, for as long as they join many buffers.
void PartSearch::contract_fast(std::int64_t target, Effort& effort) {
  if (is_contracted_ || part_->buffers.size() > most_for_contraction) return;
  for (int i = 0; i < first_contractions && peak_ > target && !effort.is_over(); ++i) {
    const std::unique_ptr<Contraction> joined = contract(effort);
    if (10 * joined->part().buffers.size() > 9 * part_->buffers.size()) return;
    PartSearch search(joined->part(), true);
    search.vary_skyline(target, first_skyline_tries, effort);
    take_if_better(joined->expand(search.offsets()));
  }
}

void PartSearch::search_contracted(std::int64_t target, Effort& effort) {
  if (is_contracted_ || part_->buffers.size() > most_for_contraction) return;
  if (!contraction_) {
    contraction_ = contract(effort);
    if (contraction_->part().buffers.size() < part_->buffers.size()) {
      contracted_ = std::make_unique<PartSearch>(contraction_->part(), true);
      contracted_->place_fast(target, effort);
    }
  }
  if (!contracted_) return;
  contracted_->search(target, peak_, effort);
  take_if_better(contraction_->expand(contracted_->offsets()));
  for (int i = contractions_in(round_); i > 0 && peak_ > target && !effort.is_over(); --i) {
    const std::unique_ptr<Contraction> other = contract(effort);
    PartSearch search(other->part(), true);
    search.vary_skyline(target, first_skyline_tries, effort);
    search.search(target, target + 1, effort);
    take_if_better(other->expand(search.offsets()));
  }
}

/// Searches for placements within capacities from the target to the best peak, by bisection.
void PartSearch::search_capacities(std::int64_t target, std::int64_t below, Effort& effort) {
  if (!canonical_) {
    is_for_canonical_ = overlapping_pairs(*part_) <= most_pairs;
    if (!is_for_canonical_) return;
    canonical_ = std::make_unique<CanonicalSearch>(*part_);
    first_random_ = plain_orders();
    most_steps_ = 500 + 2 * static_cast<std::int64_t>(part_->buffers.size());
  }
  std::int64_t low = std::max(target, bound_);  // the lowest capacity not yet tried
  std::int64_t high = std::min(peak_, below);
  std::int64_t capacity = low;
  while (low < high && !effort.is_over()) {
    const std::int64_t bound_before = bound_;
    if (try_capacity(capacity, effort)) {
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
}

void PartSearch::search(std::int64_t target, std::int64_t below, Effort& effort) {
  if (is_exhausted_ || peak_ <= target) return;
  // In large parts, one kind of search would use up all the time in its first round.
  const int doublings = std::min(round_, 20);
  effort.lend(most_sequence_work << doublings, [&](Effort& share) {
    vary_sequence(target, sequence_tries << std::min(round_, 8), share);
  });
  search_contracted(target, effort);
  vary_skyline(target, skyline_tries << std::min(round_, 8), effort);
  if (peak_ > target && is_for_canonical_)
    effort.lend(most_canonical_work << doublings,
                [&](Effort& share) { search_capacities(target, below, share); });
  is_exhausted_ = ++round_ == most_rounds;
}

}  // namespace foregraph::packing
