#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/search_placement.hpp>
#include <fstream>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "planner/cut_rectangle.hpp"

namespace fg = foregraph;
using fg::LiveRange;
using fg::test::cut_rectangle;

namespace {

/// Ends with the proof, however slow the machine.
constexpr fg::SearchLimits without_limit{.seconds = std::numeric_limits<double>::infinity()};

bool is_far(const fg::PackResult& result, double needed_bytes) {
  return static_cast<double>(result.placement.peak_bytes) > 1.02 * needed_bytes;
}

std::vector<LiveRange> random_ranges(std::mt19937_64& random, int count, std::uint64_t steps,
                                     std::uint64_t most_bytes) {
  std::vector<LiveRange> ranges;
  for (int i = 0; i < count; ++i) {
    const auto first = static_cast<std::int32_t>(random() % steps);
    const auto length = 1 + static_cast<std::int32_t>(random() % 6);
    ranges.push_back({first, first + length, static_cast<std::int64_t>(random() % most_bytes)});
  }
  return ranges;
}

/// Every pair, without the code under test.
void check_valid(const std::vector<LiveRange>& ranges, const fg::Placement& placement) {
  BOOST_TEST_REQUIRE(placement.offsets.size() == ranges.size());
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::int64_t begin = placement.offsets[i];
    const std::int64_t end = begin + ranges[i].bytes;
    BOOST_TEST_REQUIRE(begin >= 0);
    peak = std::max(peak, end);
    for (std::size_t j = 0; j < i; ++j) {
      if (std::max(ranges[i].first, ranges[j].first) >= std::min(ranges[i].last, ranges[j].last))
        continue;
      const std::int64_t other = placement.offsets[j];
      if (std::max(begin, other) < std::min(end, other + ranges[j].bytes))
        BOOST_FAIL("buffers " << i << " and " << j << " share bytes");
    }
  }
  BOOST_TEST_REQUIRE(peak == placement.peak_bytes);
}

/// By stacking in every sequence, as tests/planner/placement_test.cpp explains.
std::int64_t least_peak(const std::vector<LiveRange>& ranges) {
  std::vector<std::size_t> sequence(ranges.size());
  std::iota(sequence.begin(), sequence.end(), std::size_t{0});
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
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

/// Lines of id,lower,upper,size.
std::vector<LiveRange> read(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  std::vector<LiveRange> ranges;
  while (std::getline(in, line, ',')) {
    LiveRange r;
    char comma = 0;
    in >> r.first >> comma >> r.last >> comma >> r.bytes;
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    ranges.push_back(r);
  }
  return ranges;
}

/// N of NAME.N.csv and NAME.capN.csv.
std::int64_t capacity_of(const std::filesystem::path& path) {
  std::string number = path.stem().extension().string().substr(1);
  if (number.starts_with("cap")) number.erase(0, 3);
  return std::stoll(number);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(placements_by_search)

BOOST_AUTO_TEST_CASE(nothing_and_empty_buffers_need_nothing) {
  const fg::PackResult nothing = fg::search_placement({}, without_limit);
  BOOST_TEST(nothing.placement.peak_bytes == 0);
  BOOST_TEST(nothing.proven_optimal);
  const std::vector<LiveRange> ranges{{0, 3, 0}, {0, 3, 7}, {1, 2, 0}, {5, 5, 3}};
  const fg::PackResult result = fg::search_placement(ranges, without_limit);
  BOOST_TEST(result.placement.peak_bytes == 7);
  BOOST_TEST(result.lower_bound_bytes == 7);
  BOOST_TEST(result.proven_optimal);
}

BOOST_AUTO_TEST_CASE(up_to_6_buffers_are_placed_optimally_and_it_is_proven) {
  constexpr std::uint64_t seed = 20240601;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1500; ++i) {
    const auto ranges = random_ranges(random, 1 + i % 6, 6, 10);
    const fg::PackResult result = fg::search_placement(ranges, without_limit);
    BOOST_TEST_CONTEXT("seed " << seed << ", instance " << i) {
      check_valid(ranges, result.placement);
      const std::int64_t optimum = least_peak(ranges);
      BOOST_TEST_REQUIRE(result.placement.peak_bytes == optimum);
      BOOST_TEST_REQUIRE(result.lower_bound_bytes == optimum);
      BOOST_TEST_REQUIRE(result.proven_optimal);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_optimum_above_the_most_alive_is_proven) {
  const std::vector<LiveRange> ranges{{0, 2, 5}, {0, 3, 3}, {2, 4, 2}, {2, 5, 3},
                                      {3, 5, 2}, {3, 4, 1}, {4, 6, 3}, {5, 6, 5}};
  BOOST_TEST(fg::lower_bound_of(ranges).bytes == 8);
  const fg::PackResult result = fg::search_placement(ranges, without_limit);
  check_valid(ranges, result.placement);
  BOOST_TEST(result.placement.peak_bytes == least_peak(ranges));
  BOOST_TEST(result.lower_bound_bytes == 9);
  BOOST_TEST(result.proven_optimal);
}

BOOST_AUTO_TEST_CASE(random_buffers_are_placed_well_and_twice_the_same) {
  constexpr std::uint64_t seed = 7;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 60; ++i) {
    const auto ranges = random_ranges(random, 1 + 2 * i, 1 + static_cast<std::uint64_t>(i), 1000);
    const fg::PackResult result = fg::search_placement(ranges, {.seconds = 0.02});
    BOOST_TEST_CONTEXT("seed " << seed << ", instance " << i) {
      check_valid(ranges, result.placement);
      BOOST_TEST_REQUIRE(result.lower_bound_bytes >= fg::lower_bound_of(ranges).bytes);
      BOOST_TEST_REQUIRE(result.placement.peak_bytes >= result.lower_bound_bytes);
      BOOST_TEST_REQUIRE(result.placement.peak_bytes <= fg::place(ranges).peak_bytes);
      BOOST_TEST_REQUIRE(result.proven_optimal ==
                         (result.placement.peak_bytes == result.lower_bound_bytes));
      if (!result.proven_optimal) continue;  // the time limit may have ended it
      const fg::PackResult again = fg::search_placement(ranges, without_limit);
      BOOST_TEST_REQUIRE(std::ranges::equal(again.placement.offsets, result.placement.offsets));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_cut_rectangle_is_put_together_again) {
  constexpr std::uint64_t seed = 11;
  std::mt19937_64 random(seed);
  for (const std::size_t count : {2U, 5U, 10U, 20U, 40U, 100U, 300U}) {
    const auto ranges = cut_rectangle(random, count, 200, 1'000'000);
    const fg::PackResult result = fg::search_placement(ranges, without_limit);
    BOOST_TEST_CONTEXT("seed " << seed << ", pieces " << count) {
      check_valid(ranges, result.placement);
      BOOST_TEST(result.placement.peak_bytes == 1'000'000);
      BOOST_TEST(result.proven_optimal);
    }
  }
}

BOOST_AUTO_TEST_CASE(nested_lives_in_great_number_are_stacked_without_a_gap) {
  constexpr std::int32_t count = 20'000;
  std::vector<LiveRange> ranges;
  std::int64_t sum = 0;
  for (std::int32_t i = 0; i < count; ++i) {
    ranges.push_back({i, 2 * count - i, 1 + i % 97});
    sum += ranges.back().bytes;
  }
  const fg::PackResult result = fg::search_placement(ranges, without_limit);
  BOOST_TEST(result.placement.peak_bytes == sum);
  BOOST_TEST(result.proven_optimal);
}

BOOST_AUTO_TEST_CASE(without_time_there_still_is_a_valid_placement) {
  std::mt19937_64 random(3);
  const auto ranges = random_ranges(random, 200, 40, 1000);
  const fg::PackResult result = fg::search_placement(ranges, {.seconds = 0});
  check_valid(ranges, result.placement);
  BOOST_TEST(result.placement.peak_bytes <= fg::place(ranges).peak_bytes);
}

BOOST_AUTO_TEST_CASE(offsets_are_multiples_of_the_alignment) {
  const std::vector<LiveRange> ranges{{0, 4, 1}, {1, 3, 65}, {2, 6, 64}, {5, 7, 129}, {0, 7, 3}};
  const fg::PackResult result = fg::search_placement(ranges, without_limit, 64);
  for (const std::int64_t offset : result.placement.offsets) BOOST_TEST(offset % 64 == 0);
  BOOST_TEST(result.lower_bound_bytes == 5 * 64);
  BOOST_TEST(result.placement.peak_bytes == 5 * 64);
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_refused) {
  const auto refused = [](const std::vector<LiveRange>& ranges, double seconds,
                          std::int64_t alignment, const std::string& message) {
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(fg::search_placement(ranges, {.seconds = seconds}, alignment)),
        fg::UsageError, [&](const fg::UsageError& e) {
          BOOST_TEST(e.what() == message);
          return true;
        });
  };
  refused({{0, 1, 4}, {0, 1, -4}}, 1, 1, "buffer 1 has -4 bytes, expected at least 0");
  refused({{0, 1, 4}}, 1, 0, "alignment is 0, expected at least 1; offsets are multiples of it");
  refused({{0, 1, 4}}, -1, 1, "the time limit is -1.000000 seconds, expected at least 0");
  BOOST_CHECK_EXCEPTION(static_cast<void>(fg::search_placement({{0, 1, 4}}, {.work = -1})),
                        fg::UsageError, [](const fg::UsageError& e) {
                          BOOST_TEST(e.what() == "the limit of work is -1, expected at least 0");
                          return true;
                        });
  const std::int64_t half = std::int64_t{1} << 61;
  refused({{0, 1, half}, {2, 3, half}}, 1, 1,
          "the sizes of buffers 0 to 1 add up to 2^62 bytes or more, which is not supported");
}

/// Published instances, NAME.CAPACITY.csv: with less time than users have, so a little further off.
BOOST_AUTO_TEST_CASE(published_instances_are_placed_near_their_capacity) {
  const char* const folder = std::getenv("FOREGRAPH_SHARED_DATA");
  if (folder == nullptr) {
    BOOST_TEST_MESSAGE(
        "skipped: FOREGRAPH_SHARED_DATA, a folder with allocation/*.csv, is not set");
    return;
  }
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(folder) / "allocation")) {
    if (entry.path().extension() != ".csv" || !entry.path().stem().has_extension()) continue;
    const auto ranges = read(entry.path());
    const auto needed =
        static_cast<double>(std::max(capacity_of(entry.path()), fg::lower_bound_of(ranges).bytes));
    // 3 seconds are enough on most machines. A slow one takes longer; a search that cannot do it
    // does not end here.
    fg::PackResult result;
    for (double seconds = 3; seconds == 3 || is_far(result, needed); seconds *= 2)
      result = fg::search_placement(ranges, {.seconds = seconds});
    BOOST_TEST_CONTEXT(entry.path().filename()) {
      check_valid(ranges, result.placement);
      BOOST_TEST(!is_far(result, needed));
    }
    ++count;
  }
  BOOST_TEST(count > 0);
}

BOOST_AUTO_TEST_SUITE_END()
