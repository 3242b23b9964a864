#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/hard_swish.hpp>

#include "support/activation_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

static_assert(differentiates_twice([](Tensor x) { return hard_swish(x); }));

BOOST_AUTO_TEST_SUITE(hard_swish_op)

BOOST_AUTO_TEST_CASE(as_every_activation) {
  check_activation(
      "hard_swish", [](Graph&, const auto& x) { return hard_swish(x[0]); },
      [](double x) { return x * std::fmax(0, std::fmin(1, x / 6 + 0.5)); }, Keeps::input);
}

BOOST_AUTO_TEST_CASE(derivatives_at_kinks) {
  const auto slopes =
      derivatives_at([](Graph&, const auto& x) { return hard_swish(x[0]); }, {-3, 3});
  BOOST_TEST((slopes == std::vector<double>{0, 1}));
}

BOOST_AUTO_TEST_SUITE_END()
