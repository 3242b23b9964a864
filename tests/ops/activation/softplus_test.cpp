#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/softplus.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(softplus_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return softplus(x[0]); },
                    [](const auto& v) {
                      const double x = v[0];
                      return std::log1p(std::exp(x));
                    },
                    1, -9, 9);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return softplus(x[0]); },
                 {random_input({batch, 5}, 1, -2, 2)});
}

BOOST_AUTO_TEST_CASE(integers_and_truth_values_are_refused) {
  for (const DType dtype : {i32, i64, boolean})
    check_contains(graph_error([&](Graph& g) { (void)softplus(g.input("x", {3}, dtype)); }),
                   "not defined for this dtype");
}

BOOST_AUTO_TEST_CASE(far_arguments_do_not_overflow) {
  const std::vector<double> result =
      evaluate([](Graph&, const auto& x) { return softplus(x[0]); }, {{{3}, {-500, 500, 0}, f32}});
  BOOST_TEST(result[0] == 0.0);
  BOOST_TEST(result[1] == 500.0);
  check_close(std::log(2.0), result[2], 1e-6, "softplus(0)");
}

BOOST_AUTO_TEST_SUITE_END()
