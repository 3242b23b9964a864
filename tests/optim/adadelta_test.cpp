#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/adadelta.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(adadelta_optimizer)

BOOST_AUTO_TEST_CASE(adadelta_scales_by_its_own_steps) {
  using namespace optimizer_check;
  check_optimizer(optim::Adadelta{0.7, 0.8, 1e-3}, [](const Element& e) {
    e.a = 0.8 * e.a + 0.2 * e.g * e.g;
    const double step = std::sqrt(e.b + 1e-3) / std::sqrt(e.a + 1e-3) * e.g;
    e.b = 0.8 * e.b + 0.2 * step * step;
    return e.p - 0.7 * step;
  });
}

BOOST_AUTO_TEST_SUITE_END()
