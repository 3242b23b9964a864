// maximum() and minimum().
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/math/extremes.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(maximum_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return maximum(x[0], x[1]); },
                    [](const auto& v) { return std::max(v[0], v[1]); }, 2);
}

BOOST_AUTO_TEST_CASE(integers) {
  const std::vector<double> result =
      evaluate([](Graph&, const auto& x) { return maximum(x[0], x[1]); },
               {{{3}, {1, 5, -2}, i32}, {{3}, {2, 5, -7}, i32}});
  const std::vector<double> expected = {2, 5, -2};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradient_away_from_the_kink) {
  const Inputs inputs = {{{4}, {1, -1, 2, -0.5}}, {{4}, {0.3, 1, 1.1, 0.7}}};
  check_gradient([](Graph&, const auto& x) { return maximum(x[0], x[1]); }, inputs);
}

BOOST_AUTO_TEST_CASE(gradient_with_broadcasting) {
  check_gradient([](Graph&, const auto& x) { return maximum(x[0], x[1]); },
                 {{{batch, 2}, {1, -1, 2, -0.5, 3, -2}}, {{2}, {0.3, 0.1}}});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(minimum_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return minimum(x[0], x[1]); },
                    [](const auto& v) { return std::min(v[0], v[1]); }, 2);
}

BOOST_AUTO_TEST_CASE(integers) {
  const std::vector<double> result =
      evaluate([](Graph&, const auto& x) { return minimum(x[0], x[1]); },
               {{{3}, {1, 5, -2}, i32}, {{3}, {2, 5, -7}, i32}});
  const std::vector<double> expected = {1, 5, -7};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradient_away_from_the_kink) {
  const Inputs inputs = {{{4}, {1, -1, 2, -0.5}}, {{4}, {0.3, 1, 1.1, 0.7}}};
  check_gradient([](Graph&, const auto& x) { return minimum(x[0], x[1]); }, inputs);
}

BOOST_AUTO_TEST_CASE(gradient_with_broadcasting) {
  check_gradient([](Graph&, const auto& x) { return minimum(x[0], x[1]); },
                 {{{batch, 2}, {1, -1, 2, -0.5, 3, -2}}, {{2}, {0.3, 0.1}}});
}

BOOST_AUTO_TEST_SUITE_END()
