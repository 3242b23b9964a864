#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/sigmoid.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(sigmoid_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return sigmoid(x[0]); },
                    [](const auto& v) {
                      const double x = v[0];
                      return 1 / (1 + std::exp(-x));
                    },
                    1, -9, 9);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return sigmoid(x[0]); },
                 {random_input({batch, 5}, 1, -2, 2)});
}

BOOST_AUTO_TEST_CASE(integers_and_truth_values_are_refused) {
  for (const DType dtype : {i32, i64, boolean})
    check_contains(graph_error([&](Graph& g) { (void)sigmoid(g.input("x", {3}, dtype)); }),
                   "not defined for this dtype");
}

BOOST_AUTO_TEST_CASE(far_arguments_give_the_limits) {
  const std::vector<double> result = evaluate([](Graph&, const auto& x) { return sigmoid(x[0]); },
                                              {{{4}, {-1000, 1000, -90, 90}, f32}});
  BOOST_TEST(result[0] == 0.0);
  BOOST_TEST(result[1] == 1.0);
  BOOST_TEST(result[2] >= 0.0);
  BOOST_TEST(result[2] < 1e-38);
  BOOST_TEST(result[3] == 1.0);
}

BOOST_AUTO_TEST_SUITE_END()
