#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/losses/huber.hpp>

#include "support/loss_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace huber_cases {
const auto huber_at_half = [](Graph&, const auto& x) { return nn::huber(x[0], x[1], 0.5); };
}  // namespace huber_cases

BOOST_AUTO_TEST_SUITE(huber_loss)

BOOST_AUTO_TEST_CASE(values_and_gradients) {
  const Inputs inputs{random_input({batch, 7}, 1), random_input({batch, 7}, 2)};
  loss_check::check_pairs(
      huber_cases::huber_at_half,
      [](double p, double t) {
        const double e = std::abs(p - t);
        return e <= 0.5 ? e * e / 2 : 0.5 * (e - 0.25);
      },
      inputs);
  check_gradient(huber_cases::huber_at_half, inputs);
}

BOOST_AUTO_TEST_CASE(delta_is_positive) {
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {batch});
                   (void)nn::huber(x, x, 0);
                 }),
                 "[huber] delta is not positive; expected a delta above 0");
}

BOOST_AUTO_TEST_CASE(operands_do_not_broadcast) {
  loss_check::check_refuses_broadcast(huber_cases::huber_at_half, "huber");
}

BOOST_AUTO_TEST_SUITE_END()
