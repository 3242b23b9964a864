#include <boost/test/unit_test.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/control/custom_gradient.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace custom_gradient_cases {
/// The straight-through estimator.
constexpr void pass_through(Vjp& v) {
  v.set(1, v.cotangent);
}
/// Scales what goes to the first operand by the second's value.
constexpr void scaled(Vjp& v) {
  if (v.wants(1)) v.set(1, multiply(v.cotangent, v.input(2), v.at));
  if (v.wants(2)) v.set(2, v.cotangent);
}
Tensor sign_of(Tensor x) {
  const Tensor positive = greater(x, 0.0);
  const Tensor one = x.graph->constant(1, x.dtype());
  return select(positive, one, -1.0);
}
}  // namespace custom_gradient_cases

BOOST_AUTO_TEST_SUITE(custom_gradient_op)

BOOST_AUTO_TEST_CASE(the_rule_replaces_the_gradient) {
  using namespace custom_gradient_cases;
  const Inputs at{{{4}, {-2, -0.5, 0.5, 2}, f64}};
  const auto f = [](Graph&, const auto& x) {
    return custom_gradient<pass_through>(sign_of(x[0]), {x[0]});
  };
  const std::vector<double> signs{-1, -1, 1, 1};
  BOOST_TEST(evaluate(f, at) == signs, boost::test_tools::per_element());
  const std::vector<double> slope = evaluate(
      [&](Graph& g, const auto& x) {
        const Tensor y = f(g, x);
        return gradient(g, sum(y * 3.0), {x[0]})[0];
      },
      at);
  for (const double each : slope) BOOST_TEST(each == 3);
}

BOOST_AUTO_TEST_CASE(several_operands_and_a_second_derivative) {
  using namespace custom_gradient_cases;
  const Inputs at{{{2}, {1, 2}, f64}, {{2}, {5, 7}, f64}};
  const auto slope = [&](std::size_t which) {
    return evaluate(
        [&](Graph& g, const auto& x) {
          const Tensor y = custom_gradient<scaled>(x[0], {x[0], x[1]});
          const Tensor first = gradient(g, sum(y), {x[0]})[0];  // x[1]
          return gradient(g, sum(first * first), {x[which]})[0];
        },
        at);
  };
  const std::vector<double> none{0, 0};
  const std::vector<double> twice{10, 14};
  BOOST_TEST(slope(0) == none, boost::test_tools::per_element());
  BOOST_TEST(slope(1) == twice, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
