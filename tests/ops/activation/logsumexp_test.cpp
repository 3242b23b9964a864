#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/logsumexp.hpp>
#include <limits>

#include "support/reduce_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(logsumexp_op)

BOOST_AUTO_TEST_CASE(over_every_set_of_axes) {
  check_reduction([](const auto& x, Axes axes) { return logsumexp(x[0], axes); },
                  [](const auto& in) {
                    double total = 0;
                    for (const double v : in[0]) total += std::exp(v);
                    return std::log(total);
                  },
                  {f32, f64}, 1, -8, 8);
}

BOOST_AUTO_TEST_CASE(large_and_infinite_values) {
  const double inf = std::numeric_limits<double>::infinity();
  const Input x{{4, 2}, {1e4, 1e4, -1e4, -1e4, -inf, -inf, inf, 3}, f32};
  const std::vector<double> result =
      evaluate([](Graph&, const auto& in) { return logsumexp(in[0], {1}); }, {x});
  check_close(1e4 + std::log(2), result[0], 1e-6, "large");
  check_close(-1e4 + std::log(2), result[1], 1e-6, "small");
  BOOST_TEST(result[2] == -inf);
  BOOST_TEST(result[3] == inf);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  for (const Axes& axes : {Axes{}, Axes{0}, Axes{-1}, Axes{0, 2}})
    check_gradient(
        [&](Graph&, const auto& x) { return logsumexp(x[0] * x[0], axes, KeepDims::yes) * x[0]; },
        {random_input({batch, 2, 2}, 1)});
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_reduction_faults(
      "logsumexp", [](const auto& x, Axes axes) { return logsumexp(x[0], axes); }, 1, true);
}

BOOST_AUTO_TEST_SUITE_END()
