#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/ops/optimizers/update.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(optimizer_updates)

BOOST_AUTO_TEST_CASE(parameters_of_two_dtypes_have_settings_of_each) {
  using namespace optimizer_check;
  Graph g;
  const Tensor p = g.parameter("p", {3}, filled_with(1), f32);
  const Tensor q = g.parameter("q", {2}, filled_with(1), f64);
  const std::vector<Gradient> gradients{{0, p}, {1, q}, {0, p}};
  int calls = 0;
  for_each_dtype(g, std::span<const Gradient>(gradients), [&](DType dtype) {
    (void)shared_setting(g, "learning_rate", 0.1, dtype);
    (void)shared_setting(g, "learning_rate", 0.1, dtype);
    (void)g.state("power", {}, zeros(), dtype);  // the second would clash without a scope
    ++calls;
  });
  BOOST_TEST(calls == 2);
  const std::vector<std::string> expected{"f32 learning_rate", "f64 learning_rate"};
  BOOST_TEST(setting_names(g) == expected, boost::test_tools::per_element());
  BOOST_TEST(full_name(g, g.variables[3].node) == "f64/power");
}

BOOST_AUTO_TEST_SUITE_END()
