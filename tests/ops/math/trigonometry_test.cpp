#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/math/trigonometry.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(trigonometry_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return sin(x[0]); },
                    [](const auto& v) { return std::sin(v[0]); }, 1, -20, 20);
  check_elementwise([](Graph&, const auto& x) { return cos(x[0]); },
                    [](const auto& v) { return std::cos(v[0]); }, 1, -20, 20);
  check_elementwise([](Graph&, const auto& x) { return tan(x[0]); },
                    [](const auto& v) { return std::tan(v[0]); }, 1, -1.3, 1.3);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const Inputs inputs{random_input({batch, 3}, 1, -1.2, 1.2)};
  check_gradient([](Graph&, const auto& x) { return sin(x[0]); }, inputs);
  check_gradient([](Graph&, const auto& x) { return cos(x[0]); }, inputs);
  check_gradient([](Graph&, const auto& x) { return tan(x[0]); }, inputs);
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)sin(g.input("x", {3}, i32)); }), "[sin]");
  check_contains(graph_error([](Graph& g) { (void)cos(g.input("x", {3}, i32)); }), "[cos]");
  check_contains(graph_error([](Graph& g) { (void)tan(g.input("x", {3}, i32)); }), "[tan]");
}

BOOST_AUTO_TEST_SUITE_END()
