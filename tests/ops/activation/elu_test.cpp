#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/elu.hpp>

#include "support/activation_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

static_assert(differentiates_twice([](Tensor x) { return elu(x); }));
static_assert(differentiates_twice([](Tensor x) { return selu(x); }));

BOOST_AUTO_TEST_SUITE(elu_op)

BOOST_AUTO_TEST_CASE(as_every_activation) {
  check_activation(
      "elu", [](Graph&, const auto& x) { return elu(x[0]); },
      [](double x) { return x > 0 ? x : std::expm1(x); }, Keeps::output);
}

BOOST_AUTO_TEST_CASE(a_negative_scale) {
  check_activation(
      "elu", [](Graph&, const auto& x) { return elu(x[0], -0.5); },
      [](double x) { return x > 0 ? x : -0.5 * std::expm1(x); }, Keeps::any);
}

BOOST_AUTO_TEST_CASE(scaled_as_selu) {
  check_activation(
      "elu", [](Graph&, const auto& x) { return selu(x[0]); },
      [](double x) {
        return 1.0507009873554804934 * (x > 0 ? x : 1.6732632423543772848 * std::expm1(x));
      },
      Keeps::output);
}

BOOST_AUTO_TEST_CASE(scales_may_be_a_tensor) {
  const Inputs inputs{{{batch, 2}, {-1.5, 0.5, 2, -0.25, 1, -3}}, {{2}, {0.25, -0.5}}};
  check_gradient([](Graph&, const auto& x) { return elu(x[0], x[1]); }, inputs);
}

BOOST_AUTO_TEST_CASE(the_derivative_at_zero_is_the_scale) {
  const auto slope = derivatives_at([](Graph&, const auto& x) { return elu(x[0], 0.5); }, {0});
  BOOST_TEST((slope == std::vector<double>{0.5}));
}

BOOST_AUTO_TEST_SUITE_END()
