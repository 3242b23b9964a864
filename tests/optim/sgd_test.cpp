#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/sgd.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(sgd_optimizer)

BOOST_AUTO_TEST_CASE(sgd_with_weight_decay) {
  using namespace optimizer_check;
  check_optimizer(optim::sgd_weight_decay(0.1, 0.3),
                  [](const Element& e) { return e.p - 0.1 * (e.g + 0.3 * e.p); });
}

BOOST_AUTO_TEST_SUITE_END()
