#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/nesterov.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(nesterov_optimizer)

BOOST_AUTO_TEST_CASE(nesterov_looks_ahead) {
  using namespace optimizer_check;
  check_optimizer(optim::nesterov(0.05, 0.8), [](const Element& e) {
    e.a = 0.8 * e.a + e.g;
    return e.p - 0.05 * (e.g + 0.8 * e.a);
  });
}

static_assert(optimizer_check::nodes_of(optim::nesterov(0.1, 0.9)) ==
              optimizer_check::nodes_of(optim::nesterov(1, 0)));

BOOST_AUTO_TEST_SUITE_END()
