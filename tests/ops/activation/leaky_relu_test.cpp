#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/leaky_relu.hpp>

#include "support/activation_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

static_assert(differentiates_twice([](Tensor x) { return leaky_relu(x); }));

BOOST_AUTO_TEST_SUITE(leaky_relu_op)

BOOST_AUTO_TEST_CASE(as_every_activation) {
  check_activation(
      "leaky_relu", [](Graph&, const auto& x) { return leaky_relu(x[0]); },
      [](double x) { return x > 0 ? x : 0.01 * x; }, Keeps::output);
}

BOOST_AUTO_TEST_CASE(a_negative_slope) {
  check_activation(
      "leaky_relu", [](Graph&, const auto& x) { return leaky_relu(x[0], -0.5); },
      [](double x) { return x > 0 ? x : -0.5 * x; }, Keeps::any);
}

BOOST_AUTO_TEST_CASE(slopes_may_be_a_tensor) {
  const Inputs inputs{{{batch, 2}, {-1.5, 0.5, 2, -0.25, 1, -3}}, {{2}, {0.25, -0.5}}};
  check_gradient([](Graph&, const auto& x) { return leaky_relu(x[0], x[1]); }, inputs);
}

BOOST_AUTO_TEST_CASE(the_derivative_at_zero_is_the_slope) {
  const auto slope =
      derivatives_at([](Graph&, const auto& x) { return leaky_relu(x[0], 0.25); }, {0});
  BOOST_TEST((slope == std::vector<double>{0.25}));
}

BOOST_AUTO_TEST_SUITE_END()
