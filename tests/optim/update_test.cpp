#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/optim/update.hpp>

#include "graph/checks.hpp"
#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(optimizer_updates)

BOOST_AUTO_TEST_CASE(parameters_of_two_dtypes_have_settings_of_each) {
  using namespace optimizer_check;
  Graph g;
  const Tensor p = g.parameter("p", {3}, filled_with(1), f32);
  const Tensor q = g.parameter("q", {2}, filled_with(1), f64);
  const std::vector<optim::Gradient> gradients{{0, p}, {1, q}, {0, p}};
  int calls = 0;
  optim::for_each_dtype(g, std::span<const optim::Gradient>(gradients), [&](DType dtype) {
    (void)optim::shared_setting(g, "learning_rate", 0.1, dtype);
    (void)optim::shared_setting(g, "learning_rate", 0.1, dtype);
    (void)g.state("power", {}, zeros(), dtype);  // the second would clash without a scope
    ++calls;
  });
  BOOST_TEST(calls == 2);
  const std::vector<std::string> expected{"f32 learning_rate", "f64 learning_rate"};
  BOOST_TEST(setting_names(g) == expected, boost::test_tools::per_element());
  BOOST_TEST(full_name(g, g.variables[3].node) == "f64/power");
}

BOOST_AUTO_TEST_CASE(a_setting_with_two_values_is_refused) {
  Graph g;
  (void)optim::shared_setting(g, "learning_rate", 0.1, f32);
  (void)optim::shared_setting(g, "learning_rate", 0.5, f64);  // of another dtype
  {
    const auto scope = g.scope("head");
    (void)optim::shared_setting(g, "learning_rate", 0.5, f32);
  }
  BOOST_CHECK_EXCEPTION((void)optim::shared_setting(g, "learning_rate", 0.5, f32), GraphError,
                        says("[setting] two values for one setting", "a scope for each optimizer"));
  BOOST_CHECK_EXCEPTION((void)g.setting("learning_rate", 0.1), GraphError,
                        says("[setting] the name is used twice"));
}

BOOST_AUTO_TEST_CASE(an_update_is_of_a_variable_and_has_its_shape) {
  Graph g;
  Graph other;
  const Tensor p = g.parameter("p", {3}, filled_with(1));
  const Tensor elsewhere = other.parameter("p", {3}, filled_with(1));
  BOOST_CHECK_EXCEPTION(update(g, 0, elsewhere), GraphError,
                        says("[variable] an operand belongs to another graph"));
  BOOST_CHECK_EXCEPTION(update(g, 0, Tensor{}), GraphError, says("belongs to another graph"));
  BOOST_CHECK_EXCEPTION(
      update(g, 0, sum(p)), GraphError,
      says("a variable's new value has another shape or dtype", "f32[3]", "f32[]"));
  BOOST_CHECK_EXCEPTION(update(g, 0, cast(p, f64)), GraphError, says("f64[3]"));
  for (const std::int32_t index : {-1, 1})
    BOOST_CHECK_EXCEPTION(update(g, index, p), GraphError,
                          says("an update of something that is not a variable"));
  update(g, 0, p);
  BOOST_TEST(g.updates.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
