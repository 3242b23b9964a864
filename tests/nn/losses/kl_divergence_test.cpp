#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/losses/kl_divergence.hpp>

#include "support/loss_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace kl_divergence_cases {
const auto divergence = [](Graph&, const auto& x) { return nn::kl_divergence(x[0], x[1]); };
}  // namespace kl_divergence_cases

BOOST_AUTO_TEST_SUITE(kl_divergence_loss)

BOOST_AUTO_TEST_CASE(kl_of_probabilities_from_log_probabilities) {
  const std::vector<double> p{0.2, 0.8, 0, 1, 0.5, 0.5};
  const std::vector<double> q{0.3, 0.7, 0.6, 0.4, 0.5, 0.5};
  std::vector<double> log_q;
  double expected = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    log_q.push_back(std::log(q[i]));
    if (p[i] > 0) expected += p[i] * std::log(p[i] / q[i]) / 3;
  }
  for (const DType dtype : {f32, f64})
    check_close(expected,
                evaluate(kl_divergence_cases::divergence,
                         {{{batch, 2}, log_q, dtype}, {{batch, 2}, p, dtype}})[0],
                dtype == f32 ? 1e-6 : 1e-13, "kl");
  check_gradient(kl_divergence_cases::divergence,
                 {random_input({batch, 3}, 1), random_input({batch, 3}, 2, 0.2, 1)});
}

BOOST_AUTO_TEST_CASE(operands_do_not_broadcast) {
  loss_check::check_refuses_broadcast(kl_divergence_cases::divergence, "kl_divergence");
}

BOOST_AUTO_TEST_SUITE_END()
