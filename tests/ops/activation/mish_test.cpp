#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/mish.hpp>

#include "support/activation_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

static_assert(differentiates_twice([](Tensor x) { return mish(x); }));

BOOST_AUTO_TEST_SUITE(mish_op)

BOOST_AUTO_TEST_CASE(as_every_activation) {
  check_activation(
      "mish", [](Graph&, const auto& x) { return mish(x[0]); },
      [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }, Keeps::input);
}

BOOST_AUTO_TEST_SUITE_END()
