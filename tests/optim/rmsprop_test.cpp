#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/rmsprop.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(rmsprop_optimizer)

BOOST_AUTO_TEST_CASE(rmsprop_divides_by_the_root_of_the_mean_square) {
  using namespace optimizer_check;
  check_optimizer(optim::RmsProp{0.05, 0.8, 1e-3}, [](const Element& e) {
    e.a = 0.8 * e.a + 0.2 * e.g * e.g;
    return e.p - 0.05 * e.g / (std::sqrt(e.a) + 1e-3);
  });
  check_optimizer(optim::RmsPropCentred{0.05, 0.8, 1e-2}, [](const Element& e) {
    e.a = 0.8 * e.a + 0.2 * e.g * e.g;
    e.b = 0.8 * e.b + 0.2 * e.g;
    return e.p - 0.05 * e.g / (std::sqrt(e.a - e.b * e.b) + 1e-2);
  });
}

BOOST_AUTO_TEST_SUITE_END()
