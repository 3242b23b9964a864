#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/hard_sigmoid.hpp>

#include "support/activation_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

static_assert(differentiates_twice([](Tensor x) { return hard_sigmoid(x); }));

BOOST_AUTO_TEST_SUITE(hard_sigmoid_op)

BOOST_AUTO_TEST_CASE(as_every_activation) {
  check_activation(
      "hard_sigmoid", [](Graph&, const auto& x) { return hard_sigmoid(x[0]); },
      [](double x) { return std::fmax(0, std::fmin(1, 0.2 * x + 0.5)); }, Keeps::output);
}

BOOST_AUTO_TEST_CASE(another_slope_and_offset) {
  check_activation(
      "hard_sigmoid", [](Graph&, const auto& x) { return hard_sigmoid(x[0], 0.5, 0.25); },
      [](double x) { return std::fmax(0, std::fmin(1, 0.5 * x + 0.25)); }, Keeps::output);
}

BOOST_AUTO_TEST_CASE(slopes_and_offsets_may_be_tensors) {
  const Inputs inputs{{{batch, 2}, {-1.5, 0.5, 2, -0.25, 1, -3}}, {{2}, {0.25, -0.5}}, {{}, {0.4}}};
  check_gradient([](Graph&, const auto& x) { return hard_sigmoid(x[0], x[1], x[2]); }, inputs);
}

BOOST_AUTO_TEST_CASE(derivatives_at_kinks_are_zero) {
  const auto slopes =
      derivatives_at([](Graph&, const auto& x) { return hard_sigmoid(x[0]); }, {-2.5, 2.5});
  BOOST_TEST((slopes == std::vector<double>{0, 0}));
}

BOOST_AUTO_TEST_SUITE_END()
