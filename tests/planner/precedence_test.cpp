#include <boost/test/unit_test.hpp>
#include <foregraph/detail/planner/tasks/precedence.hpp>
#include <random>
#include <vector>

namespace fg = foregraph;

namespace {

/// Visits all that comes after `from`.
bool reaches_by_visiting_all(const fg::planning::Precedence& precedence, std::int32_t from,
                             const std::vector<std::int32_t>& targets) {
  std::vector<char> seen(precedence.after.size(), 0);
  std::vector<std::int32_t> open{from};
  while (!open.empty()) {
    const std::int32_t task = open.back();
    open.pop_back();
    for (const std::int32_t next : precedence.after[static_cast<std::size_t>(task)]) {
      if (seen[static_cast<std::size_t>(next)] != 0) continue;
      seen[static_cast<std::size_t>(next)] = 1;
      open.push_back(next);
    }
  }
  for (const std::int32_t target : targets)
    if (seen[static_cast<std::size_t>(target)] != 0) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(precedence)

BOOST_AUTO_TEST_CASE(reachability_is_right_while_edges_are_added) {
  constexpr std::uint64_t seed = 3;
  std::mt19937_64 random(seed);
  int reached = 0;
  int asked = 0;
  for (int instance = 0; instance < 200; ++instance) {
    constexpr std::int32_t count = 24;
    const auto draw = [&] { return static_cast<std::int32_t>(random() % count); };
    fg::planning::Precedence precedence;
    precedence.after.resize(count);
    precedence.pending.assign(count, 0);
    // Without circles, but not in the order of numbers.
    for (int i = 0; i < count; ++i) {
      const std::int32_t before = draw();
      const std::int32_t task = draw();
      if (before % 5 < task % 5) precedence.add(before, task);
    }
    fg::planning::Reachability order(precedence);
    for (int i = 0; i < 60; ++i) {
      const std::int32_t from = draw();
      const std::vector<std::int32_t> targets{draw(), draw()};
      const bool expected = reaches_by_visiting_all(precedence, from, targets);
      BOOST_TEST_REQUIRE(order.reaches(from, targets) == expected,
                         "seed " << seed << ", instance " << instance << ", question " << i);
      ++asked;
      reached += expected ? 1 : 0;
      // As for an update that may overwrite what its readers have read.
      if (expected || targets[0] == from) continue;
      precedence.add(targets[0], from);
      order.added(targets[0], from);
    }
  }
  BOOST_TEST(reached > 0);
  BOOST_TEST(reached < asked);
}

BOOST_AUTO_TEST_SUITE_END()
