#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/softsign.hpp>

#include "support/activation_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

static_assert(differentiates_twice([](Tensor x) { return softsign(x); }));

BOOST_AUTO_TEST_SUITE(softsign_op)

BOOST_AUTO_TEST_CASE(as_every_activation) {
  check_activation(
      "softsign", [](Graph&, const auto& x) { return softsign(x[0]); },
      [](double x) { return x / (1 + std::abs(x)); }, Keeps::output);
}

BOOST_AUTO_TEST_SUITE_END()
