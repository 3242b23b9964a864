#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/losses/hinge.hpp>

#include "support/loss_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace hinge_cases {
const auto hinges = [](Graph&, const auto& x) { return nn::hinge(x[0], x[1]); };
}  // namespace hinge_cases

BOOST_AUTO_TEST_SUITE(hinge_loss)

BOOST_AUTO_TEST_CASE(values_and_gradients) {
  Inputs labelled{random_input({batch, 7}, 1), random_input({batch, 7}, 2)};
  for (double& y : labelled[1].values) y = y > 0 ? 1 : -1;
  loss_check::check_pairs(
      hinge_cases::hinges, [](double s, double y) { return std::max(0.0, 1 - y * s); }, labelled);
  check_gradient(hinge_cases::hinges, labelled);
}

BOOST_AUTO_TEST_CASE(operands_do_not_broadcast) {
  loss_check::check_refuses_broadcast(hinge_cases::hinges, "hinge");
}

BOOST_AUTO_TEST_SUITE_END()
