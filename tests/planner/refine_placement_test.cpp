#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/planner/refine_placement.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <limits>

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

BOOST_AUTO_TEST_SUITE_END()
