#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/math/abs.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/sign.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(sign_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return sign(x[0]); },
                    [](const auto& v) { return v[0] > 0 ? 1.0 : -1.0; }, 1);
}

BOOST_AUTO_TEST_CASE(every_number_dtype_and_zero) {
  for (const DType dtype : {f32, f64, i32, i64}) {
    const auto signs = evaluate([](Graph&, const auto& x) { return sign(x[0]); },
                                {{{5}, {-3, 0, 2, -100000, 7}, dtype}});
    BOOST_TEST((signs == std::vector<double>{-1, 0, 1, -1, 1}));
  }
}

BOOST_AUTO_TEST_CASE(no_number_has_no_sign) {
  const auto signs =
      evaluate([](Graph&, const auto& x) { return sign(x[0]); }, {{{2}, {std::nan(""), -0.0}}});
  BOOST_TEST(std::isnan(signs[0]));
  BOOST_TEST(signs[1] == 0.0);
}

BOOST_AUTO_TEST_CASE(the_gradient_is_zero) {
  const Inputs inputs{{{batch, 2}, {-1.5, 0.5, 2, -0.25, 1, -3}}};
  check_gradient([](Graph&, const auto& x) { return abs(x[0]) * x[0] + sign(x[0]); }, inputs);
  check_gradient([](Graph&, const auto& x) { return sign(x[0]) * x[0] * x[0]; }, inputs);
}

BOOST_AUTO_TEST_CASE(truth_values_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)sign(g.input("x", {3}, boolean)); }), "[sign]");
}

BOOST_AUTO_TEST_SUITE_END()
