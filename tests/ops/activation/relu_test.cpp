#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(relu_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return relu(x[0]); },
                    [](const auto& v) { return v[0] > 0 ? v[0] : 0.0; }, 1);
}

BOOST_AUTO_TEST_CASE(gradient_away_from_zero) {
  check_gradient([](Graph&, const auto& x) { return relu(x[0]); },
                 {{{batch, 2}, {1, -1, 0.5, -0.25, 2, -3}}});
}

BOOST_AUTO_TEST_CASE(gradient_at_zero_is_zero) {
  const std::vector<double> result = evaluate(
      [](Graph& g, const auto& x) {
        const std::vector<Tensor> wrt{x[0]};
        return gradient(g, sum(relu(x[0])), wrt)[0];
      },
      {{{3}, {0, 1, -1}}});
  const std::vector<double> expected{0, 1, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(integers_and_truth_values_are_refused) {
  for (const DType dtype : {i32, i64, boolean})
    check_contains(graph_error([&](Graph& g) { (void)relu(g.input("x", {3}, dtype)); }),
                   "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
