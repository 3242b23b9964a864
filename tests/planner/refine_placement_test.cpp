#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/refine_placement.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <limits>
#include <string>

#include "planner/random_graph.hpp"

BOOST_AUTO_TEST_SUITE(refine_placement)

BOOST_AUTO_TEST_CASE(lowers_peaks_and_keeps_plans_sound) {
  // The gaps of these plans can be closed, which ends the search.
  constexpr fg::SearchLimits no_limit{.seconds = std::numeric_limits<double>::infinity()};
  int with_gap = 0;
  int lowered = 0;
  for (std::uint64_t seed = 1; seed <= 3000 && lowered < 5; ++seed) {
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    RandomGraph random(seed);
    const fg::Graph g = random.training_step(30);
    fg::Plan plan = fg::plan_memory(g, 7);
    if (plan.gap().count == 0) {
      BOOST_TEST_REQUIRE(!fg::refine_placement(g, plan, no_limit));
      continue;
    }
    ++with_gap;
    const fg::Bytes before = plan.peak();
    const fg::Bytes bound = plan.lower_bound();
    const bool better = fg::refine_placement(g, plan, no_limit);
    lowered += better ? 1 : 0;
    BOOST_TEST(better == (plan.peak() < before));
    BOOST_TEST((plan.lower_bound() == bound));
    BOOST_TEST((bound <= plan.peak()));
    BOOST_TEST(fg::validate(g, plan).ok());
  }
  BOOST_TEST_MESSAGE(with_gap << " plans with a gap, " << lowered << " lowered");
  BOOST_TEST(lowered > 0);
}

BOOST_AUTO_TEST_CASE(a_plan_above_its_budget_only_by_the_gap_is_made_to_fit) {
  constexpr std::int64_t work = 20'000'000;
  int fitted = 0;
  for (std::uint64_t seed = 1; seed <= 3000 && fitted < 5; ++seed) {
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    RandomGraph random(seed);
    const fg::Graph g = random.training_step(30);
    fg::Plan plan = fg::plan_memory(g, 7);
    const fg::Bytes before = plan.peak();
    const fg::Bytes bound = plan.lower_bound();
    BOOST_TEST_REQUIRE(!fg::refine_to_fit(g, plan, before, work));  // it fits as it is
    if (before == bound) continue;
    BOOST_TEST_REQUIRE(!fg::refine_to_fit(g, plan, bound - fg::Bytes{1}, work));  // it cannot fit
    BOOST_TEST_REQUIRE(!fg::refine_to_fit(g, plan, bound, 0));
    BOOST_TEST_REQUIRE((plan.peak() == before));
    fg::Plan again = fg::plan_memory(g, 7);
    if (!fg::refine_to_fit(g, plan, bound, work)) continue;
    ++fitted;
    BOOST_TEST((plan.peak() == bound));
    BOOST_TEST(fg::validate(g, plan).ok());
    BOOST_TEST_REQUIRE(fg::refine_to_fit(g, again, bound, work));
    for (std::size_t b = 0; b < plan.buffers.size(); ++b)
      BOOST_TEST(plan.buffers[b].offset == again.buffers[b].offset);
  }
  BOOST_TEST(fitted > 0);
}

BOOST_AUTO_TEST_CASE(negative_work_is_refused) {
  RandomGraph random(1);
  const fg::Graph g = random.training_step(5);
  fg::Plan plan = fg::plan_memory(g, 7);
  BOOST_CHECK_EXCEPTION(
      fg::refine_to_fit(g, plan, plan.peak(), -1), fg::UsageError, [](const fg::UsageError& e) {
        BOOST_TEST(e.what() == std::string("the work of the search for placements is -1, "
                                           "expected at least 0"));
        return true;
      });
}

BOOST_AUTO_TEST_SUITE_END()
