#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/activation/relu6.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(relu6_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return relu6(x[0]); },
                    [](const auto& v) { return std::clamp(v[0], 0.0, 6.0); }, 1, -3, 9);
}

BOOST_AUTO_TEST_CASE(gradient_away_from_the_bounds) {
  check_gradient([](Graph&, const auto& x) { return relu6(x[0]); },
                 {{{batch, 2}, {1, -1, 5.5, 7, 2, -3}}});
}

BOOST_AUTO_TEST_CASE(gradient_at_the_bounds_is_zero) {
  const std::vector<double> result = evaluate(
      [](Graph& g, const auto& x) {
        const std::vector<Tensor> wrt{x[0]};
        return gradient(g, sum(relu6(x[0])), wrt)[0];
      },
      {{{5}, {0, 1, -1, 6, 8}}});
  const std::vector<double> expected{0, 1, 0, 0, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nan_stays) {
  const std::vector<double> result =
      evaluate([](Graph&, const auto& x) { return relu6(x[0]); }, {{{1}, {std::nan("")}}});
  BOOST_TEST(std::isnan(result[0]));
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)relu6(g.input("x", {3}, i32)); }),
                 "[relu6] the op is not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
