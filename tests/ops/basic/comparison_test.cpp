#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(comparison_op)

BOOST_AUTO_TEST_CASE(truth_for_every_dtype) {
  for (const DType dtype : {f32, f64, i32, i64}) {
    const Inputs inputs{{{3}, {1, 2, 3}, dtype}, {{3}, {2, 2, 2}, dtype}};
    const std::vector<double> g =
        evaluate([](Graph&, const auto& x) { return greater(x[0], x[1]); }, inputs);
    const std::vector<double> l =
        evaluate([](Graph&, const auto& x) { return x[0] < x[1]; }, inputs);
    const std::vector<double> e =
        evaluate([](Graph&, const auto& x) { return equal(x[0], x[1]); }, inputs);
    BOOST_TEST((g == std::vector<double>{0, 0, 1}));
    BOOST_TEST((l == std::vector<double>{1, 0, 0}));
    BOOST_TEST((e == std::vector<double>{0, 1, 0}));
    const std::vector<double> n =
        evaluate([](Graph&, const auto& x) { return not_equal(x[0], x[1]); }, inputs);
    const std::vector<double> ge =
        evaluate([](Graph&, const auto& x) { return x[0] >= x[1]; }, inputs);
    const std::vector<double> le =
        evaluate([](Graph&, const auto& x) { return x[0] <= x[1]; }, inputs);
    BOOST_TEST((n == std::vector<double>{1, 0, 1}));
    BOOST_TEST((ge == std::vector<double>{0, 1, 1}));
    BOOST_TEST((le == std::vector<double>{1, 1, 0}));
  }
}

BOOST_AUTO_TEST_CASE(every_length) {
  for (const std::int64_t length : {1, 15, 16, 17, 63, 65, 300, 1100}) {
    const Input a = random_input({length}, 1);
    const Input b = random_input({length}, 2);
    const std::vector<double> result =
        evaluate([](Graph&, const auto& x) { return x[0] > x[1]; }, {a, b});
    for (std::size_t i = 0; i < result.size(); ++i)
      BOOST_TEST(result[i] == (a.values[i] > b.values[i] ? 1.0 : 0.0));
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_is_zero) {
  const std::vector<double> result = evaluate(
      [](Graph& g, const auto& x) {
        const std::vector<Tensor> wrt{x[0]};
        return gradient(g, sum(select(x[0] > 0.0, x[0] * 3.0, x[0])), wrt)[0];
      },
      {{{3}, {-1, 1, 2}}});
  const std::vector<double> expected{1, 3, 3};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
