#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/math/zero_or.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(zero_or_ops)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return zero_or_product(x[0], x[1]); },
                    [](const auto& v) { return v[0] * v[1]; }, 2);
  check_elementwise([](Graph&, const auto& x) { return zero_or_quotient(x[0], x[1]); },
                    [](const auto& v) { return v[0] / v[1]; }, 2, 0.5, 3);
}

BOOST_AUTO_TEST_CASE(a_zero_first_operand_gives_zero_and_not_a_number_stays) {
  const double inf = INFINITY;
  const double none = std::nan("");
  for (const DType dtype : {f32, f64}) {
    const Input a{{8}, {0, -0.0, 0, 0, none, inf, 2, 0}, dtype};
    const Input b{{8}, {inf, -inf, none, 0, 0, 0, none, 3}, dtype};
    const auto product =
        evaluate([](Graph&, const auto& x) { return zero_or_product(x[0], x[1]); }, {a, b});
    const auto quotient =
        evaluate([](Graph&, const auto& x) { return zero_or_quotient(x[0], x[1]); }, {a, b});
    for (const std::size_t i : {0, 1, 2, 3, 7}) {
      BOOST_TEST(product[i] == 0);
      BOOST_TEST(quotient[i] == 0);
    }
    BOOST_TEST(std::isnan(product[4]));
    BOOST_TEST(std::isnan(product[5]));  // inf * 0
    BOOST_TEST(std::isnan(product[6]));
    BOOST_TEST(std::isnan(quotient[4]));
    BOOST_TEST(quotient[5] == inf);
    BOOST_TEST(std::isnan(quotient[6]));
  }
}

BOOST_AUTO_TEST_CASE(gradients) {
  check_arithmetic("[zero_or_product]",
                   [](Graph&, const auto& x) { return zero_or_product(x[0], x[1]); });
  check_arithmetic("[zero_or_quotient]",
                   [](Graph&, const auto& x) { return zero_or_quotient(x[0], x[1]); });
}

// The derivative by a factor that is 0 is the other one: a Hessian at the least loss needs that.
BOOST_AUTO_TEST_CASE(derivatives_at_zero_are_those_of_the_product_and_the_quotient) {
  check_gradient([](Graph&, const auto& x) { return zero_or_product(x[0], x[1]); },
                 {{{3}, {0, 0, 1}}, {{3}, {2, -3, 0}}});
  check_gradient([](Graph&, const auto& x) { return zero_or_quotient(x[0], x[1]); },
                 {{{3}, {0, 0, 1}}, {{3}, {2, -3, 4}}});
}

BOOST_AUTO_TEST_CASE(dtypes) {
  const auto y = evaluate([](Graph&, const auto& x) { return zero_or_product(x[0], x[1]); },
                          {{{3}, {0, 2, -3}, i32}, {{3}, {7, 4, 5}, i32}});
  BOOST_TEST(y == (std::vector<double>{0, 8, -15}), boost::test_tools::per_element());
  check_contains(graph_error([](Graph& g) {
                   (void)zero_or_quotient(g.input("a", {3}, i32), g.input("b", {3}, i32));
                 }),
                 "[zero_or_quotient] the op is not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
