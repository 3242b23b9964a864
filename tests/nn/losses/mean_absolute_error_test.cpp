#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/losses/mean_absolute_error.hpp>

#include "support/loss_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace mean_absolute_error_cases {
const auto absolute = [](Graph&, const auto& x) { return nn::mean_absolute_error(x[0], x[1]); };
}  // namespace mean_absolute_error_cases

BOOST_AUTO_TEST_SUITE(mean_absolute_error_loss)

BOOST_AUTO_TEST_CASE(values_and_gradients) {
  const Inputs inputs{random_input({batch, 7}, 1), random_input({batch, 7}, 2)};
  loss_check::check_pairs(
      mean_absolute_error_cases::absolute, [](double p, double t) { return std::abs(p - t); },
      inputs);
  check_gradient(mean_absolute_error_cases::absolute, inputs);
}

BOOST_AUTO_TEST_CASE(absolute_error_has_no_slope_at_zero) {
  Graph g;
  const Tensor p = g.input("p", {2}, f64);
  const Tensor loss = nn::mean_absolute_error(p, g.input("t", {2}, f64));
  BOOST_TEST(loss.shape().rank == 0);
  check_close(0, evaluate(mean_absolute_error_cases::absolute, {{{2}, {1, 2}}, {{2}, {1, 2}}})[0],
              0, "equal operands");
}

BOOST_AUTO_TEST_CASE(operands_do_not_broadcast) {
  loss_check::check_refuses_broadcast(mean_absolute_error_cases::absolute, "absolute_error");
}

BOOST_AUTO_TEST_SUITE_END()
