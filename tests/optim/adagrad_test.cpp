#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/adagrad.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(adagrad_optimizer)

BOOST_AUTO_TEST_CASE(adagrad_sums_squares) {
  using namespace optimizer_check;
  check_optimizer(optim::Adagrad{0.3, 1e-3}, [](const Element& e) {
    e.a += e.g * e.g;
    return e.p - 0.3 * e.g / (std::sqrt(e.a) + 1e-3);
  });
}

BOOST_AUTO_TEST_SUITE_END()
