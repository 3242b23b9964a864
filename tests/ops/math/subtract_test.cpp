#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/math/subtract.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(subtract_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return x[0] - x[1]; },
                    [](const auto& v) { return v[0] - v[1]; }, 2, -3, 3);
}

BOOST_AUTO_TEST_CASE(gradients_and_refusals) {
  check_arithmetic("subtract", [](Graph&, const auto& x) { return x[0] - x[1]; });
}

BOOST_AUTO_TEST_CASE(integers) {
  for (const DType dtype : {i32, i64}) {
    const std::vector<double> result =
        evaluate([](Graph&, const auto& x) { return x[0] - x[1]; },
                 {{{5}, {7, -3, 0, 40000, 5}, dtype}, {{5}, {2, -3, 9, 5, -6}, dtype}});
    const std::vector<double> expected = {5, 0, -9, 39995, 11};
    BOOST_TEST(result == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()
