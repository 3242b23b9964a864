#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/math/divide.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(divide_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return x[0] / x[1]; },
                    [](const auto& v) { return v[0] / v[1]; }, 2, 0.5, 3);
}

BOOST_AUTO_TEST_CASE(gradients_and_refusals) {
  check_arithmetic("divide", [](Graph&, const auto& x) { return x[0] / x[1]; });
}

BOOST_AUTO_TEST_SUITE_END()
