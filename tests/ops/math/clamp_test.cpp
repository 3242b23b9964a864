#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/math/clamp.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(clamp_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return clamp(x[0], -1.0, 0.5); },
                    [](const auto& v) { return std::fmin(0.5, std::fmax(-1.0, v[0])); }, 1);
}

BOOST_AUTO_TEST_CASE(integers_and_broadcast_bounds) {
  for (const DType dtype : {f32, i32, i64}) {
    const auto result = evaluate([](Graph&, const auto& x) { return clamp(x[0], x[1], 5.0); },
                                 {{{batch, 2}, {-9, 9, 1, 2, 5, 6}, dtype}, {{2}, {-1, 3}, dtype}});
    BOOST_TEST((result == std::vector<double>{-1, 5, 1, 3, 5, 5}));
  }
}

BOOST_AUTO_TEST_CASE(no_number_stays) {
  const auto result = evaluate([](Graph&, const auto& x) { return clamp(x[0], -1.0, 1.0); },
                               {{{2}, {std::nan(""), INFINITY}, f32}});
  BOOST_TEST(std::isnan(result[0]));
  BOOST_TEST(result[1] == 1.0);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return clamp(x[0] * x[0], x[1], x[2]); },
                 {{{batch, 2}, {-1.5, 0.5, 2, -0.25, 1, -3}}, {{2}, {0.5, 0.7}}, {{}, {2}}});
}

BOOST_AUTO_TEST_CASE(on_the_bounds_the_gradient_is_the_arguments) {
  const auto result = evaluate(
      [](Graph& g, const auto& x) { return gradient(g, sum(clamp(x[0], 0.0, 1.0)), {x[0]})[0]; },
      {{{5}, {-1, 0, 0.5, 1, 2}}});
  BOOST_TEST((result == std::vector<double>{0, 1, 1, 1, 0}));
}

BOOST_AUTO_TEST_CASE(reversed_bounds_are_refused) {
  const auto message = graph_error([](Graph& g) { (void)clamp(g.input("x", {3}), 2.0, 1.0); });
  check_contains(message, "[clamp] the lower bound is above the upper bound");
  check_contains(message, "low <= high");
}

BOOST_AUTO_TEST_SUITE_END()
