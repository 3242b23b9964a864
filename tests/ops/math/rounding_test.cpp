#include <boost/test/unit_test.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/math/rounding.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(rounding_op)

BOOST_AUTO_TEST_CASE(floor_ceil_round) {
  for (const DType dtype : {f32, f64}) {
    const Inputs inputs{{{9}, {-2.5, -1.5, -0.3, 0, 0.5, 1.5, 2.5, 2.75, 1e7 + 1}, dtype}};
    const auto down = evaluate([](Graph&, const auto& x) { return floor(x[0]); }, inputs);
    const auto up = evaluate([](Graph&, const auto& x) { return ceil(x[0]); }, inputs);
    const auto near = evaluate([](Graph&, const auto& x) { return round(x[0]); }, inputs);
    BOOST_TEST((down == std::vector<double>{-3, -2, -1, 0, 0, 1, 2, 2, 1e7 + 1}));
    BOOST_TEST((up == std::vector<double>{-2, -1, 0, 0, 1, 2, 3, 3, 1e7 + 1}));
    BOOST_TEST((near == std::vector<double>{-2, -2, 0, 0, 0, 2, 2, 3, 1e7 + 1}));
  }
}

BOOST_AUTO_TEST_CASE(rounding_has_zero_gradient) {
  const auto result = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor y = floor(x[0]) + ceil(x[0]) + round(x[0]) + x[0];
        return gradient(g, sum(y), {x[0]})[0];
      },
      {{{2}, {0.3, -1.7}}});
  BOOST_TEST((result == std::vector<double>{1, 1}));
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)floor(g.input("x", {3}, i32)); }), "[floor]");
  check_contains(graph_error([](Graph& g) { (void)ceil(g.input("x", {3}, i32)); }), "[ceil]");
  check_contains(graph_error([](Graph& g) { (void)round(g.input("x", {3}, i32)); }), "[round]");
}

BOOST_AUTO_TEST_SUITE_END()
