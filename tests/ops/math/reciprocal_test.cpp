#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/math/reciprocal.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(reciprocal_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return reciprocal(x[0]); },
                    [](const auto& v) { return 1 / v[0]; }, 1, 0.2, 3);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return reciprocal(x[0]); },
                 {random_input({batch, 3}, 1, 0.5, 2)});
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)reciprocal(g.input("x", {3}, i64)); }),
                 "[reciprocal]");
}

BOOST_AUTO_TEST_SUITE_END()
