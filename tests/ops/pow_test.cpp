#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/autodiff/gradient.hpp>
#include <foregraph/ops/pow.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(pow_op)

namespace pow_test {
constexpr double inf = INFINITY;
std::vector<double> powers(const std::vector<double>& x, const std::vector<double>& p,
                           DType dtype) {
  const auto n = static_cast<std::int64_t>(x.size());
  return evaluate([](Graph&, const auto& in) { return pow(in[0], in[1]); },
                  {{{n}, x, dtype}, {{n}, p, dtype}});
}
}  // namespace pow_test

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return pow(x[0], x[1]); },
                    [](const auto& v) { return std::pow(v[0], v[1]); }, 2, 0.3, 3);
}

BOOST_AUTO_TEST_CASE(negative_bases_zeros_and_infinities) {
  using namespace pow_test;
  const std::vector<double> x{-2, -2, -2, -1.5, 0, 0, 0, -3, 5, inf, -1};
  const std::vector<double> p{3, 2, -1, 0, 0, 2.5, -1, 5, 0, 2, 101};
  for (const DType dtype : {f32, f64}) {
    const auto result = powers(x, p, dtype);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = std::pow(x[i], p[i]);
      if (std::isinf(expected))
        BOOST_TEST(result[i] == expected);
      else
        check_close(expected, result[i], dtype == f32 ? 2e-6 : 1e-13,
                    std::to_string(x[i]) + "^" + std::to_string(p[i]));
    }
    const auto undefined = powers({-2, std::nan(""), 0}, {0.5, 2, std::nan("")}, dtype);
    for (const double value : undefined) BOOST_TEST(std::isnan(value));
  }
}

BOOST_AUTO_TEST_CASE(numbers_as_exponent_and_as_base) {
  // Near 1: differences of large powers have few right digits.
  for (const double p : {0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, 4.0, 5.0, 1.7, -2.0}) {
    const Function f = [p](Graph&, const auto& x) { return pow(x[0], p); };
    const Inputs inputs{random_input({batch, 2}, 1, 0.6, 1.2)};
    const auto result = evaluate(f, inputs);
    for (std::size_t i = 0; i < result.size(); ++i)
      check_close(std::pow(inputs[0].values[i], p), result[i], 1e-14, "x^" + std::to_string(p));
    check_gradient(f, inputs);
  }
  check_gradient([](Graph&, const auto& x) { return pow(2.5, x[0]); }, {random_input({4}, 1)});
}

BOOST_AUTO_TEST_CASE(gradients_of_negative_bases_with_whole_exponents) {
  for (const double p : {2.0, 3.0, 5.0, -3.0})
    check_gradient([p](Graph&, const auto& x) { return pow(x[0], p); },
                   {random_input({4}, 1, -1.2, -0.6)});
}

BOOST_AUTO_TEST_CASE(gradients_of_both) {
  check_arithmetic("[pow]", [](Graph&, const auto& x) { return pow(x[0], x[1]); });
}

BOOST_AUTO_TEST_CASE(the_exponents_gradient_is_finite_everywhere) {
  const auto result = evaluate(
      [](Graph& g, const auto& x) {
        const std::vector<Tensor> by = gradient(g, sum(pow(x[0], x[1])), {x[0], x[1]});
        return by[1] + 0.0 * sum(by[0]);
      },
      {{{3}, {-2, 0, 2}}, {{3}, {2, 2, 2}}});
  BOOST_TEST(result[0] == 0.0);
  BOOST_TEST(result[1] == 0.0);
  check_close(4 * std::log(2.0), result[2], 1e-14, "2^p by p");
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)pow(g.input("x", {3}, i32), 2.0); }),
                 "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
