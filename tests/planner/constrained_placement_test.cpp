#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/constrained/search_constrained.hpp>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace fg = foregraph;
using fg::ConstrainedBuffer;

namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();
constexpr fg::SearchLimits some_work{.seconds = no_limit, .work = 20'000'000};

/// Marks every byte at every step, without the code under test. Returns the two buffers that meet.
std::optional<std::pair<std::size_t, std::size_t>> naive_overlap(
    const std::vector<ConstrainedBuffer>& buffers, const std::vector<std::int64_t>& offsets,
    std::int32_t steps) {
  for (std::int32_t step = 0; step < steps; ++step) {
    std::vector<int> owner(20'000, -1);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      const ConstrainedBuffer& b = buffers[i];
      if (step < b.range.first || step >= b.range.last || offsets[i] < 0) continue;
      std::int64_t begin = 0;
      std::int64_t end = b.range.bytes;
      for (const fg::LifeGap& gap : b.gaps)
        if (gap.first <= step && step < gap.last) {
          begin = gap.begin;
          end = gap.end;
        }
      for (std::int64_t byte = offsets[i] + begin; byte < offsets[i] + end; ++byte) {
        int& at = owner.at(static_cast<std::size_t>(byte));
        if (at >= 0) return std::pair(static_cast<std::size_t>(at), i);
        at = static_cast<int>(i);
      }
    }
  }
  return {};
}

void check_valid(const std::vector<ConstrainedBuffer>& buffers, const fg::PackResult& result,
                 std::int32_t steps) {
  const std::vector<std::int64_t> offsets(result.placement.offsets.begin(),
                                          result.placement.offsets.end());
  BOOST_TEST_REQUIRE(offsets.size() == buffers.size());
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    BOOST_TEST_REQUIRE(offsets[i] >= 0);
    BOOST_TEST_REQUIRE(offsets[i] % buffers[i].alignment == 0);
    if (buffers[i].offset) BOOST_TEST_REQUIRE(offsets[i] == *buffers[i].offset);
    peak = std::max(peak, offsets[i] + buffers[i].range.bytes);
  }
  BOOST_TEST_REQUIRE(peak == result.placement.peak_bytes);
  BOOST_TEST_REQUIRE(result.lower_bound_bytes <= peak);
  BOOST_TEST_REQUIRE(result.proven_optimal == (result.lower_bound_bytes == peak));
  BOOST_TEST_REQUIRE(!naive_overlap(buffers, offsets, steps).has_value());
  BOOST_TEST_REQUIRE(!fg::find_overlap(buffers, offsets).has_value());
}

struct Kinds {
  bool alignments = true;
  bool gaps = true;
  bool fixed = true;
};

std::vector<ConstrainedBuffer> random_buffers(std::mt19937_64& random, int count,
                                              std::int32_t steps, Kinds kinds) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto step_below = [&](std::int32_t n) { return static_cast<std::int32_t>(below(n)); };
  std::vector<ConstrainedBuffer> buffers;
  for (int i = 0; i < count; ++i) {
    ConstrainedBuffer b;
    b.range.first = step_below(steps);
    b.range.last = b.range.first + step_below(steps - b.range.first + 1);
    b.range.bytes = below(60);
    constexpr std::array<std::int64_t, 5> alignments{1, 2, 8, 12, 16};
    if (kinds.alignments) b.alignment = alignments[static_cast<std::size_t>(below(5))];
    if (kinds.gaps && below(2) == 0)
      for (std::int32_t now = b.range.first; now < b.range.last && b.gaps.size() < 3;) {
        const std::int32_t first = now + step_below(b.range.last - now);
        const std::int32_t last = first + step_below(b.range.last - first + 1);
        const std::int64_t begin = below(b.range.bytes + 1);
        const std::int64_t end = begin + below(b.range.bytes - begin + 1);
        b.gaps.push_back({first, last, begin, below(2) == 0 ? begin : end});
        now = last;
      }
    if (kinds.fixed && below(6) == 0) {
      b.offset = below(20) * b.alignment;
      std::vector<std::int64_t> offsets;
      for (const ConstrainedBuffer& each : buffers) offsets.push_back(each.offset.value_or(-1));
      buffers.push_back(b);
      offsets.push_back(*b.offset);
      if (fg::find_overlap(buffers, offsets)) buffers.back().offset.reset();
      continue;
    }
    buffers.push_back(b);
  }
  return buffers;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(constrained_placements)

BOOST_AUTO_TEST_CASE(random_buffers_with_all_constraints_are_placed_validly) {
  constexpr std::uint64_t seed = 31;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 160; ++i) {
    const Kinds kinds{.alignments = i % 2 == 0, .gaps = i % 4 < 2, .fixed = i % 8 < 4};
    const std::int32_t steps = 1 + i % 30;
    const auto buffers = random_buffers(random, 1 + i / 3, steps, kinds);
    BOOST_TEST_CONTEXT("seed " << seed << ", instance " << i) {
      check_valid(buffers, fg::search_constrained_placement(buffers, {.seconds = 0}), steps);
      const auto result = fg::search_constrained_placement(
          buffers, {.seconds = no_limit, .work = 1 + 50'000 * (i % 5)});
      check_valid(buffers, result, steps);
      const auto again = fg::search_constrained_placement(
          buffers, {.seconds = no_limit, .work = 1 + 50'000 * (i % 5)});
      BOOST_TEST(std::ranges::equal(again.placement.offsets, result.placement.offsets));
    }
  }
}

BOOST_AUTO_TEST_CASE(overlaps_are_found_as_by_marking_every_byte) {
  constexpr std::uint64_t seed = 32;
  std::mt19937_64 random(seed);
  int overlapping = 0;
  constexpr int instances = 400;
  for (int i = 0; i < instances; ++i) {
    const auto buffers = random_buffers(random, 6, 6, {});
    std::vector<std::int64_t> offsets;
    for (std::size_t b = 0; b < buffers.size(); ++b)
      offsets.push_back(static_cast<std::int64_t>(random() % 200) - 10);
    const auto found = fg::find_overlap(buffers, offsets);
    const auto expected = naive_overlap(buffers, offsets, 6);
    BOOST_TEST_REQUIRE(found.has_value() == expected.has_value(),
                       "seed " << seed << ", instance " << i);
    if (!found) continue;
    ++overlapping;
    BOOST_TEST_REQUIRE(naive_overlap({buffers[found->first], buffers[found->second]},
                                     {offsets[found->first], offsets[found->second]}, 6)
                           .has_value());
  }
  BOOST_TEST(overlapping > instances / 10);
  BOOST_TEST(overlapping < instances * 9 / 10);
}

BOOST_AUTO_TEST_CASE(a_buffer_fits_into_the_gap_of_another) {
  // The second lives while the first pauses; the third shares all but 10 bytes with it.
  const std::vector<ConstrainedBuffer> buffers{
      {.range = {0, 9, 100}, .gaps = {{2, 4}, {5, 8, 90, 100}}},
      {.range = {2, 4, 100}},
      {.range = {5, 8, 90}}};
  const auto result = fg::search_constrained_placement(buffers, some_work);
  check_valid(buffers, result, 9);
  BOOST_TEST(result.placement.peak_bytes == 100);
  BOOST_TEST(result.proven_optimal);
}

BOOST_AUTO_TEST_CASE(fixed_buffers_stay_and_others_go_around_them) {
  const std::vector<ConstrainedBuffer> buffers{{.range = {0, 4, 30}, .offset = 40},
                                               {.range = {0, 4, 40}},
                                               {.range = {1, 3, 16}, .alignment = 32},
                                               {.range = {7, 7, 5}, .offset = 3},
                                               {.range = {2, 9, 10}, .offset = 70}};
  const auto result = fg::search_constrained_placement(buffers, some_work);
  check_valid(buffers, result, 9);
  BOOST_TEST(result.placement.offsets[1] == 0);
  BOOST_TEST(result.placement.offsets[2] == 96);
  BOOST_TEST(result.placement.peak_bytes == 112);
  BOOST_TEST(result.lower_bound_bytes == 96);
}

BOOST_AUTO_TEST_CASE(one_alignment_for_all_is_proven_optimal) {
  // Two whole units and the bytes of the last buffer, for which the smaller one is best.
  const std::vector<ConstrainedBuffer> buffers{{.range = {0, 4, 65}, .alignment = 64},
                                               {.range = {0, 4, 100}, .alignment = 64}};
  const auto result = fg::search_constrained_placement(buffers, some_work);
  check_valid(buffers, result, 4);
  BOOST_TEST(result.placement.peak_bytes <= 228);
  BOOST_TEST(result.lower_bound_bytes == 193);
}

BOOST_AUTO_TEST_CASE(without_constraints_it_is_the_plain_search) {
  constexpr std::uint64_t seed = 33;
  std::mt19937_64 random(seed);
  const auto buffers = random_buffers(random, 80, 40, {false, false, false});
  std::vector<fg::LiveRange> ranges;
  for (const ConstrainedBuffer& b : buffers) ranges.push_back(b.range);
  const auto plain = fg::search_placement(ranges, some_work);
  const auto result = fg::search_constrained_placement(buffers, some_work);
  BOOST_TEST(result.placement.peak_bytes == plain.placement.peak_bytes, "seed " << seed);
  BOOST_TEST(std::ranges::equal(result.placement.offsets, plain.placement.offsets));
  BOOST_TEST(fg::search_constrained_placement({}).placement.peak_bytes == 0);
}

BOOST_AUTO_TEST_CASE(contradictions_are_refused) {
  const auto refused = [](const std::vector<ConstrainedBuffer>& buffers,
                          const std::string& message) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(fg::search_constrained_placement(buffers)),
                          fg::UsageError, [&](const fg::UsageError& e) {
                            BOOST_TEST(e.what() == message);
                            return true;
                          });
  };
  const ConstrainedBuffer fine{.range = {0, 9, 8}};
  refused({fine, {.range = {0, 1, -4}}}, "buffer 1 has -4 bytes, expected at least 0");
  refused({{.range = {0, 1, 4}, .alignment = 0}}, "buffer 0 has alignment 0, expected at least 1");
  refused({fine, {.range = {0, 1, 4}, .alignment = 8, .offset = 12}},
          "buffer 1 has the offset 12, expected a multiple of its alignment 8");
  refused({{.range = {0, 1, 4}, .offset = -8}}, "buffer 0 has the offset -8, expected at least 0");
  const std::string in_order =
      " in a life from 2 to 6, expected gaps within the life, in order of time and without overlap";
  refused({{.range = {2, 6, 4}, .gaps = {{1, 3}}}}, "buffer 0 has a gap from 1 to 3" + in_order);
  refused({{.range = {2, 6, 4}, .gaps = {{4, 5}, {3, 4}}}},
          "buffer 0 has a gap from 3 to 4" + in_order);
  refused({{.range = {2, 6, 4}, .gaps = {{5, 4}}}}, "buffer 0 has a gap from 5 to 4" + in_order);
  refused({{.range = {2, 6, 4}, .gaps = {{3, 4, 1, 5}}}},
          "buffer 0 has a gap from 3 to 4 in which the bytes 1 to 5 stay in use, expected bytes "
          "from 0 to 4");
  refused({{.range = {0, 4, 8}, .offset = 8}, fine, {.range = {3, 5, 8}, .offset = 15}},
          "buffers 0 and 2 share bytes at the offsets given, expected fixed buffers that do not "
          "overlap");
  refused({fine, {.range = {0, 1, 4}, .alignment = std::int64_t{1} << 62}},
          "the sizes, alignments and offsets of buffers 0 to 1 add up to 2^62 bytes or more, which "
          "is not supported");
}

BOOST_AUTO_TEST_CASE(limits_that_are_refused) {
  const auto refusal = [](const fg::ConstrainedBuffer& buffer, fg::SearchLimits limits) {
    try {
      (void)fg::search_constrained_placement({buffer, buffer}, limits);
    } catch (const fg::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const fg::ConstrainedBuffer plain{.range = {0, 4, 8}};
  const fg::ConstrainedBuffer with_gap{.range = {0, 4, 8}, .gaps = {{1, 2}}};
  for (const fg::ConstrainedBuffer& each : {plain, with_gap}) {
    BOOST_TEST(refusal(each, {.seconds = -2}).find("-2.0") != std::string::npos);
    BOOST_TEST(refusal(each, {.work = -1}).find("-1") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(an_overlap_is_looked_for_in_one_offset_for_each_buffer) {
  const std::vector<fg::ConstrainedBuffer> buffers(3, fg::ConstrainedBuffer{.range = {0, 4, 8}});
  const std::vector<std::int64_t> offsets{0, 8};
  try {
    (void)fg::find_overlap(buffers, offsets);
    BOOST_ERROR("nothing was thrown");
  } catch (const fg::UsageError& error) {
    BOOST_TEST(error.what() == std::string("find_overlap() has 3 buffers and 2 offsets, expected "
                                           "one offset for each buffer"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
