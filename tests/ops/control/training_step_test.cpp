#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/control/training_step.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(training_step_counter)

BOOST_AUTO_TEST_CASE(one_counter_for_the_whole_model) {
  Graph g;
  const Tensor first = training_step(g);
  const auto scope = g.scope("inner");
  const Tensor second = training_step(g);
  BOOST_TEST(first.id == second.id);
  BOOST_REQUIRE_EQUAL(g.variables.size(), 1U);
  BOOST_TEST(full_name(g, g.variables[0].node) == "training_step");
  BOOST_TEST(!g.variables[0].trainable);
  BOOST_TEST((first.dtype() == i64));
  BOOST_TEST(first.shape().rank == 0);
  BOOST_REQUIRE_EQUAL(g.updates.size(), 1U);
  BOOST_TEST(g.inputs_of(g.updates[0].value)[0] == first.id);
}

BOOST_AUTO_TEST_CASE(its_name_is_not_in_the_scope_of_its_first_use) {
  Graph g;
  {
    const auto scope = g.scope("inner");
    (void)training_step(g);
  }
  BOOST_REQUIRE_EQUAL(g.variables.size(), 1U);
  BOOST_TEST(full_name(g, g.variables[0].node) == "training_step");
}

BOOST_AUTO_TEST_SUITE_END()
