#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/planner/packing/placement.hpp>
#include <numeric>
#include <random>
#include <vector>

#include "graph/checks.hpp"

namespace fg = foregraph;
using fg::LiveRange;

namespace {

std::vector<LiveRange> random_ranges(std::mt19937_64& random, int count, std::int32_t steps) {
  std::vector<LiveRange> ranges;
  for (int i = 0; i < count; ++i) {
    const auto first = static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(steps));
    const auto length = 1 + static_cast<std::int32_t>(random() % 6);
    const auto blocks = static_cast<std::int64_t>(1 + random() % 9);
    ranges.push_back({first, first + length, blocks * 64});
  }
  return ranges;
}

/// Sums what is alive step by step.
std::int64_t naive_lower_bound(const std::vector<LiveRange>& ranges) {
  std::int64_t most = 0;
  for (std::int32_t step = 0; step < 200; ++step) {
    std::int64_t alive = 0;
    for (const LiveRange& r : ranges)
      if (r.first <= step && step < r.last) alive += r.bytes;
    most = std::max(most, alive);
  }
  return most;
}

/// Every pair: no byte belongs to two buffers at one step, and all are below the peak.
bool is_valid(const std::vector<LiveRange>& ranges, const fg::Placement& placement) {
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::int64_t begin = placement.offsets[i];
    const std::int64_t end = begin + ranges[i].bytes;
    if (begin < 0 || begin % 64 != 0) return false;
    peak = std::max(peak, end);
    for (std::size_t j = 0; j < i; ++j) {
      const bool together =
          std::max(ranges[i].first, ranges[j].first) < std::min(ranges[i].last, ranges[j].last);
      const bool touching = std::max(begin, placement.offsets[j]) <
                            std::min(end, placement.offsets[j] + ranges[j].bytes);
      if (together && touching) return false;
    }
  }
  return peak == placement.peak_bytes;
}

/// The least peak of all placements. Sorted by offset, an optimal placement can be pushed down
/// buffer by buffer until each lies on one of those before it; so trying every sequence and
/// stacking finds it.
std::int64_t optimal_peak(const std::vector<LiveRange>& ranges) {
  std::vector<std::size_t> sequence(ranges.size());
  std::iota(sequence.begin(), sequence.end(), std::size_t{0});
  std::int64_t best = std::int64_t{1} << 40;
  do {
    std::vector<std::int64_t> top(ranges.size(), 0);
    std::int64_t peak = 0;
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      const LiveRange& r = ranges[sequence[i]];
      std::int64_t offset = 0;
      for (std::size_t j = 0; j < i; ++j) {
        const LiveRange& below = ranges[sequence[j]];
        if (r.first < below.last && below.first < r.last)
          offset = std::max(offset, top[sequence[j]]);
      }
      top[sequence[i]] = offset + r.bytes;
      peak = std::max(peak, top[sequence[i]]);
    }
    best = std::min(best, peak);
  } while (std::next_permutation(sequence.begin(), sequence.end()));
  return best;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(placement)

BOOST_AUTO_TEST_CASE(nothing_needs_nothing) {
  const std::vector<LiveRange> none;
  BOOST_TEST(fg::place(none).peak_bytes == 0);
  BOOST_TEST(fg::lower_bound_of(none).bytes == 0);
}

BOOST_AUTO_TEST_CASE(live_ranges_are_half_open) {
  HOLDS_IN_BOTH_MOMENTS(!LiveRange{0, 3, 64}.overlaps({3, 5, 64}));
  HOLDS_IN_BOTH_MOMENTS(LiveRange{0, 3, 64}.overlaps({2, 5, 64}));
  const std::vector<LiveRange> chain{{0, 3, 64}, {3, 5, 64}, {5, 6, 128}};
  BOOST_TEST(fg::place(chain).peak_bytes == 128);
}

BOOST_AUTO_TEST_CASE(bytes_are_rounded_up_to_the_alignment) {
  HOLDS_IN_BOTH_MOMENTS(fg::align_up(0) == 0 && fg::align_up(1) == 64 && fg::align_up(64) == 64 &&
                        fg::align_up(65) == 128);
}

BOOST_AUTO_TEST_CASE(lower_bound_is_the_most_alive_and_the_first_step_of_it) {
  const std::vector<LiveRange> ranges{{0, 4, 64}, {1, 3, 128}, {2, 6, 64}, {5, 7, 192}};
  BOOST_TEST(fg::lower_bound_of(ranges).bytes == 256);
  BOOST_TEST(fg::lower_bound_of(ranges).step == 2);
}

BOOST_AUTO_TEST_CASE(placing_in_the_compiler_and_in_the_program_gives_the_same) {
  constexpr auto offsets = [] {
    const std::vector<LiveRange> ranges{{0, 4, 64},  {1, 3, 128}, {2, 6, 64},
                                        {5, 7, 192}, {0, 7, 320}, {3, 5, 64}};
    const fg::Placement p = fg::place(ranges);
    std::array<std::int64_t, 7> result{};
    std::copy(p.offsets.begin(), p.offsets.end(), result.begin());
    result[6] = p.peak_bytes;
    return result;
  };
  constexpr auto in_the_compiler = offsets();
  const auto in_the_program = offsets();
  BOOST_CHECK_EQUAL_COLLECTIONS(in_the_compiler.begin(), in_the_compiler.end(),
                                in_the_program.begin(), in_the_program.end());
}

BOOST_AUTO_TEST_CASE(up_to_6_buffers_are_placed_at_most_a_fifth_above_the_optimum) {
  constexpr std::uint64_t seed = 20240601;
  std::mt19937_64 random(seed);
  double worst = 1;
  double sum = 0;
  int optimal = 0;
  constexpr int instances = 3000;
  for (int i = 0; i < instances; ++i) {
    const auto ranges = random_ranges(random, 1 + i % 6, 6);
    const fg::Placement placement = fg::place(ranges);
    const std::int64_t optimum = optimal_peak(ranges);
    BOOST_TEST_REQUIRE(is_valid(ranges, placement), "seed " << seed << ", instance " << i);
    BOOST_TEST_REQUIRE(placement.peak_bytes >= optimum, "seed " << seed << ", instance " << i);
    BOOST_TEST_REQUIRE(optimum >= fg::lower_bound_of(ranges).bytes);
    const double ratio = static_cast<double>(placement.peak_bytes) / static_cast<double>(optimum);
    worst = std::max(worst, ratio);
    sum += ratio;
    optimal += placement.peak_bytes == optimum ? 1 : 0;
  }
  BOOST_TEST_MESSAGE("placement against the optimum, seed "
                     << seed << ": " << optimal << " of " << instances << " optimal, mean ratio "
                     << sum / instances << ", worst " << worst);
  BOOST_TEST(worst <= 1.2);
  BOOST_TEST(sum / instances < 1.01);
}

BOOST_AUTO_TEST_CASE(no_sequence_places_lower_than_all_sequences_together) {
  using fg::planning::Sequence;
  constexpr std::uint64_t seed = 11;
  std::mt19937_64 random(seed);
  int only_by_new_ones = 0;
  for (int i = 0; i < 400; ++i) {
    const auto ranges = random_ranges(random, 40 + i % 80, 30);
    const std::int64_t peak = fg::place(ranges).peak_bytes;
    const auto peak_of = [&](Sequence order) {
      const auto sequence =
          fg::planning::sequence_of(ranges, order, fg::lower_bound_of(ranges).step);
      return fg::planning::first_fit(ranges, {sequence.data(), sequence.size()}).peak_bytes;
    };
    const std::int64_t plain =
        std::min({peak_of(Sequence::largest_first), peak_of(Sequence::longest_first),
                  peak_of(Sequence::by_first_use)});
    const std::int64_t more =
        std::min(peak_of(Sequence::largest_area_first), peak_of(Sequence::outwards));
    BOOST_TEST_REQUIRE(peak <= std::min(plain, more), "seed " << seed << ", instance " << i);
    only_by_new_ones += more < plain ? 1 : 0;
  }
  BOOST_TEST(only_by_new_ones > 0);
}

BOOST_AUTO_TEST_CASE(random_placements_are_valid_and_not_below_the_lower_bound) {
  constexpr std::uint64_t seed = 7;
  std::mt19937_64 random(seed);
  double sum = 0;
  constexpr int instances = 400;
  for (int i = 0; i < instances; ++i) {
    const auto ranges = random_ranges(random, 1 + i % 120, 1 + i % 90);
    const fg::Placement placement = fg::place(ranges);
    const fg::LowerBound bound = fg::lower_bound_of(ranges);
    BOOST_TEST_REQUIRE(is_valid(ranges, placement), "seed " << seed << ", instance " << i);
    BOOST_TEST_REQUIRE(bound.bytes == naive_lower_bound(ranges),
                       "seed " << seed << ", instance " << i);
    BOOST_TEST_REQUIRE(bound.bytes <= placement.peak_bytes);
    sum += static_cast<double>(placement.peak_bytes) / static_cast<double>(bound.bytes);
  }
  BOOST_TEST_MESSAGE("placement against the lower bound, seed " << seed << ": mean ratio "
                                                                << sum / instances);
}

BOOST_AUTO_TEST_SUITE_END()
