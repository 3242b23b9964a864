#include <algorithm>
#include <foregraph/detail/planner/packing/orders.hpp>
#include <foregraph/detail/planner/packing/skyline_search.hpp>
#include <foregraph/detail/planner/packing/variation.hpp>

namespace foregraph::packing {
namespace {

constexpr int variations_from_best = 32;

}  // namespace

SkylineSearch::SkylineSearch(const Part& part) : part_(part), skyline_(part) {}

int SkylineSearch::plain_steps() {
  return 2 * plain_orders();
}

bool SkylineSearch::is_best(const std::vector<std::int64_t>& offsets) {
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i)
    peak = std::max(peak, offsets[i] + part_.buffers[i].size);
  if (peak >= best_) return false;
  best_ = peak;
  since_best_ = 0;
  return true;
}

std::vector<std::int64_t> SkylineSearch::try_order(int order, Skyline::Choice choice,
                                                   Effort& effort) {
  std::vector<Index> rank = rank_by_order(part_, order);
  effort.spend(static_cast<std::int64_t>(200 * rank.size()));
  std::vector<std::int64_t> offsets = skyline_.place(rank, choice, best_ - 1, effort);
  if (offsets.empty() || !is_best(offsets)) return {};
  best_rank_ = std::move(rank);
  varied_rank_ = best_rank_;
  best_choice_ = choice;
  return offsets;
}

std::vector<std::int64_t> SkylineSearch::vary(std::int64_t target, Effort& effort) {
  if (since_best_++ % variations_from_best == 0) varied_rank_ = best_rank_;
  std::vector<std::int64_t> offsets =
      skyline_.place(varied_rank_, best_choice_, std::numeric_limits<std::int64_t>::max(), effort);
  if (offsets.empty()) return {};
  const bool is_better = is_best(offsets);
  if (is_better) best_rank_ = varied_rank_;
  std::vector<std::int64_t> over;
  over.reserve(offsets.size());
  for (std::size_t i = 0; i < offsets.size(); ++i)
    over.push_back(offsets[i] + part_.buffers[i].size - target);
  move_forward(varied_rank_, over, random_);
  effort.spend(static_cast<std::int64_t>(100 * over.size()));
  if (!is_better) offsets.clear();
  return offsets;
}

std::vector<std::int64_t> SkylineSearch::step(std::int64_t target, Effort& effort) {
  if (best_ <= target) return {};
  const int step = steps_++;
  const auto choice_of = [](int i) {
    return i % 2 == 0 ? Skyline::Choice::by_rank : Skyline::Choice::flush;
  };
  if (step < plain_steps()) return try_order(step / 2, choice_of(step), effort);
  if (step % 2 == 0 && !best_rank_.empty()) return vary(target, effort);
  return try_order(plain_orders() + (step - plain_steps()) / 2, choice_of(step / 2), effort);
}

}  // namespace foregraph::packing
