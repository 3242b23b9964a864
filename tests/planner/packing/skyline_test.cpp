#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/planner/packing/first_fit.hpp>
#include <foregraph/detail/planner/packing/orders.hpp>
#include <foregraph/detail/planner/packing/skyline_search.hpp>
#include <foregraph/detail/planner/packing/sweep.hpp>
#include <foregraph/detail/planner/search_placement.hpp>
#include <limits>
#include <random>
#include <vector>

#include "planner/cut_rectangle.hpp"

namespace fg = foregraph;

namespace skyline_checks {

using namespace foregraph::packing;
using foregraph::LiveRange;
using foregraph::test::cut_rectangle;

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

Effort effort_of(std::int64_t work) {
  return Effort(Effort::Clock::time_point::max(), work);
}

std::vector<LiveRange> random_lives(std::mt19937_64& random, int count, std::uint64_t steps,
                                    std::uint64_t longest) {
  std::vector<LiveRange> ranges;
  for (int i = 0; i < count; ++i) {
    const auto first = static_cast<std::int32_t>(random() % steps);
    const auto length = 1 + static_cast<std::int32_t>(random() % longest);
    ranges.push_back({first, first + length, 1 + static_cast<std::int64_t>(random() % 1000)});
  }
  return ranges;
}

/// Sweeps over time with the buffers that are alive, without the code under test.
bool is_valid(const Part& part, const std::vector<std::int64_t>& offsets) {
  if (offsets.size() != part.buffers.size()) return false;
  std::vector<std::size_t> alive;
  for (std::size_t i = 0; i < offsets.size(); ++i) {  // sorted by `first`
    const Part::Buffer& b = part.buffers[i];
    std::erase_if(alive, [&](std::size_t j) { return part.buffers[j].last <= b.first; });
    if (offsets[i] < 0) return false;
    for (const std::size_t j : alive)
      if (offsets[i] < offsets[j] + part.buffers[j].size && offsets[j] < offsets[i] + b.size)
        return false;
    alive.push_back(i);
  }
  return true;
}

std::int64_t peak_of(const Part& part, const std::vector<std::int64_t>& offsets) {
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i)
    peak = std::max(peak, offsets[i] + part.buffers[i].size);
  return peak;
}

double percent_above(std::int64_t peak, std::int64_t bound) {
  return 100 * (static_cast<double>(peak) / static_cast<double>(bound) - 1);
}

}  // namespace skyline_checks

BOOST_AUTO_TEST_SUITE(packing_by_skyline)

using namespace skyline_checks;

BOOST_AUTO_TEST_CASE(buffers_never_overlap_whatever_the_order) {
  constexpr std::uint64_t seed = 21;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 60; ++i) {
    const auto ranges = random_lives(random, 1 + 3 * i, 1 + static_cast<std::uint64_t>(2 * i),
                                     1 + static_cast<std::uint64_t>(i));
    for (const Part& part : split(ranges).parts) {
      Skyline skyline(part);
      for (const int order : {0, 7, 39, 40, 57})
        for (const auto choice : {Skyline::Choice::by_rank, Skyline::Choice::flush}) {
          Effort effort = effort_of(unlimited);
          const auto offsets = skyline.place(rank_by_order(part, order), choice, unlimited, effort);
          BOOST_TEST_REQUIRE(is_valid(part, offsets),
                             "seed " << seed << ", instance " << i << ", order " << order);
        }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_search_returns_only_what_is_better) {
  constexpr std::uint64_t seed = 5;
  std::mt19937_64 random(seed);
  const Parts parts = split(random_lives(random, 400, 100, 30));
  const Part& part = parts.parts.front();
  SkylineSearch search(part);
  Effort effort = effort_of(unlimited);
  std::int64_t best = unlimited;
  int found = 0;
  for (int i = 0; i < SkylineSearch::plain_steps() + 200; ++i) {
    const auto offsets = search.step(part.most_alive, effort);
    if (offsets.empty()) continue;
    BOOST_TEST_REQUIRE(is_valid(part, offsets), "seed " << seed << ", step " << i);
    BOOST_TEST_REQUIRE(peak_of(part, offsets) < best);
    best = peak_of(part, offsets);
    ++found;
  }
  BOOST_TEST(found > 1);
}

BOOST_AUTO_TEST_CASE(without_effort_a_sweep_is_valid_and_others_place_nothing) {
  constexpr std::uint64_t seed = 6;
  std::mt19937_64 random(seed);
  const Parts parts = split(random_lives(random, 3000, 1000, 60));
  const Part& part = parts.parts.front();
  const std::vector<Index> rank = rank_by_order(part, 0);
  for (const std::int64_t work : {0, 1, 50'000}) {
    Effort for_sweep = effort_of(work);
    const auto offsets = sweep(part, {}, for_sweep);
    BOOST_TEST(is_valid(part, offsets), "work " << work);
    Effort for_skyline = effort_of(work);
    BOOST_TEST(Skyline(part).place(rank, Skyline::Choice::by_rank, unlimited, for_skyline).empty());
    BOOST_TEST(for_skyline.is_over());
    Effort for_first_fit = effort_of(work);
    BOOST_TEST(first_fit(part, rank, for_first_fit).empty());
    BOOST_TEST(for_first_fit.is_over());
  }
}

BOOST_AUTO_TEST_CASE(lent_effort_is_paid_back_as_far_as_it_was_spent) {
  Effort effort = effort_of(100);
  effort.lend(60, [](Effort& share) {
    share.spend(59);
    BOOST_TEST(!share.is_over());
    share.spend(1);
    BOOST_TEST(share.is_over());
  });
  BOOST_TEST(!effort.is_over());
  effort.lend(60, [](Effort& share) {
    share.spend(39);
    BOOST_TEST(!share.is_over());
    share.spend(1);
    BOOST_TEST(share.is_over());
  });
  BOOST_TEST(effort.is_over());
}

/// Limited by work, so that slow machines find the same.
BOOST_AUTO_TEST_CASE(thousands_of_pieces_of_a_rectangle_are_packed_within_an_eighth) {
  constexpr std::uint64_t seed = 12;
  std::mt19937_64 random(seed);
  for (const std::size_t count : {1000U, 3000U, 5000U}) {
    const auto ranges = cut_rectangle(random, count, 1'000, 1'000'000);
    const fg::SearchLimits limits{.seconds = std::numeric_limits<double>::infinity(),
                                  .work = 200'000 * static_cast<std::int64_t>(count)};
    const fg::PackResult result = fg::search_placement(ranges, limits);
    BOOST_TEST_CONTEXT("seed " << seed << ", pieces " << count) {
      BOOST_TEST(result.lower_bound_bytes == 1'000'000);
      BOOST_TEST(percent_above(result.placement.peak_bytes, 1'000'000) < 12.5);
    }
    if (count > 1000) continue;
    const fg::PackResult again = fg::search_placement(ranges, limits);
    BOOST_TEST(std::ranges::equal(again.placement.offsets, result.placement.offsets));
  }
}

BOOST_AUTO_TEST_CASE(many_random_buffers_are_packed_within_a_twentieth) {
  constexpr std::uint64_t seed = 13;
  std::mt19937_64 random(seed);
  const auto ranges = random_lives(random, 100'000, 10'000, 300);
  const fg::PackResult result = fg::search_placement(
      ranges, {.seconds = std::numeric_limits<double>::infinity(), .work = 200'000'000});
  BOOST_TEST(percent_above(result.placement.peak_bytes, fg::lower_bound_of(ranges).bytes) < 5,
             "seed " << seed << ": "
                     << percent_above(result.placement.peak_bytes, fg::lower_bound_of(ranges).bytes)
                     << " %");
}

BOOST_AUTO_TEST_SUITE_END()
