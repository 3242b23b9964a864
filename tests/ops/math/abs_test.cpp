#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/math/abs.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(abs_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return abs(x[0]); },
                    [](const auto& v) { return std::abs(v[0]); }, 1);
}

BOOST_AUTO_TEST_CASE(every_number_dtype_and_zero) {
  for (const DType dtype : {f32, f64, i32, i64}) {
    const auto sizes = evaluate([](Graph&, const auto& x) { return abs(x[0]); },
                                {{{5}, {-3, 0, 2, -100000, 7}, dtype}});
    BOOST_TEST((sizes == std::vector<double>{3, 0, 2, 100000, 7}));
  }
}

BOOST_AUTO_TEST_CASE(no_number_and_negative_zero) {
  const auto sizes =
      evaluate([](Graph&, const auto& x) { return abs(x[0]); }, {{{2}, {std::nan(""), -0.0}}});
  BOOST_TEST(std::isnan(sizes[0]));
  BOOST_TEST(!std::signbit(sizes[1]));
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return abs(x[0]) * x[0]; },
                 {{{batch, 2}, {-1.5, 0.5, 2, -0.25, 1, -3}}});
}

BOOST_AUTO_TEST_CASE(the_derivative_at_zero_is_zero) {
  const auto result =
      evaluate([](Graph& g, const auto& x) { return gradient(g, sum(abs(x[0])), {x[0]})[0]; },
               {{{3}, {-1, 0, 1}}});
  BOOST_TEST((result == std::vector<double>{-1, 0, 1}));
}

BOOST_AUTO_TEST_CASE(truth_values_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)abs(g.input("x", {3}, boolean)); }), "[abs]");
}

BOOST_AUTO_TEST_SUITE_END()
