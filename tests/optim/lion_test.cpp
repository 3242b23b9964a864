#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/lion.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(lion_optimizer)

BOOST_AUTO_TEST_CASE(lion_steps_by_the_sign) {
  using namespace optimizer_check;
  const optim::Lion options{.learning_rate = 0.03, .beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.2};
  check_optimizer(options, [](const Element& e) {
    const double c = 0.8 * e.a + 0.2 * e.g;
    e.a = 0.9 * e.a + 0.1 * e.g;
    return e.p - 0.03 * 0.2 * e.p - 0.03 * (c > 0 ? 1 : c < 0 ? -1 : 0);
  });
}

static_assert(optimizer_check::nodes_of(optim::Lion{}) ==
              optimizer_check::nodes_of(optim::lion(1, 0.5)));

BOOST_AUTO_TEST_SUITE_END()
