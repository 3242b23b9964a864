#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/math/log.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(log_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return log(x[0]); },
                    [](const auto& v) {
                      const double x = v[0];
                      return std::log(x);
                    },
                    1, 0.01, 9);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return log(x[0]); },
                 {random_input({batch, 5}, 1, 0.5, 3)});
}

BOOST_AUTO_TEST_CASE(integers_and_truth_values_are_refused) {
  for (const DType dtype : {i32, i64, boolean})
    check_contains(graph_error([&](Graph& g) { (void)log(g.input("x", {3}, dtype)); }),
                   "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
