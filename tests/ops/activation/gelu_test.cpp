#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/gelu.hpp>

#include "support/activation_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

static_assert(differentiates_twice([](Tensor x) { return gelu(x); }));

BOOST_AUTO_TEST_SUITE(gelu_op)

BOOST_AUTO_TEST_CASE(as_every_activation) {
  check_activation(
      "gelu", [](Graph&, const auto& x) { return gelu(x[0]); },
      [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }, Keeps::input);
}

BOOST_AUTO_TEST_CASE(around_zero) {
  const auto f = [](Graph&, const auto& x) { return gelu(x[0]); };
  check_elementwise(
      f, [](const auto& v) { return v[0] / 2 * (1 + std::erf(v[0] / std::sqrt(2.0))); }, 1, -6, 6);
  check_gradient(f, {random_input({batch, 3}, 1, -2.5, 2.5)});
}

BOOST_AUTO_TEST_CASE(far_arguments) {
  for (const DType dtype : {f32, f64}) {
    const Inputs inputs{{{3}, {-500, 500, 0}, dtype}};
    BOOST_TEST((evaluate([](Graph&, const auto& x) { return gelu(x[0]); }, inputs) ==
                std::vector<double>{0, 500, 0}));
  }
}

BOOST_AUTO_TEST_SUITE_END()
