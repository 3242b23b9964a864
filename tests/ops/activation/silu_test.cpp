#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/silu.hpp>

#include "support/activation_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

static_assert(differentiates_twice([](Tensor x) { return silu(x); }));

BOOST_AUTO_TEST_SUITE(silu_op)

BOOST_AUTO_TEST_CASE(as_every_activation) {
  check_activation(
      "silu", [](Graph&, const auto& x) { return silu(x[0]); },
      [](double x) { return x / (1 + std::exp(-x)); }, Keeps::input);
}

BOOST_AUTO_TEST_SUITE_END()
