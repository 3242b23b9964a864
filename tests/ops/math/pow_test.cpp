#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/math/pow.hpp>

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
    const auto f = [p](Graph&, const auto& x) { return pow(x[0], p); };
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

// As C's pow, whatever meets.
BOOST_AUTO_TEST_CASE(every_pair_of_special_values) {
  using namespace pow_test;
  const std::vector<double> special{0,  -0.0, 1,    -1,  2,    -2,           0.5,  -0.5, 3,
                                    -3, 2.5,  -2.5, inf, -inf, std::nan(""), 1e30, -1e30};
  for (const DType dtype : {f32, f64})
    for (const double x : special)
      for (const double p : special) {
        if (std::abs(p) == 1e30 && std::abs(x) != 1 && std::isfinite(x) && x != 0) continue;
        const double expected =
            dtype == f32 ? std::pow(static_cast<float>(x), static_cast<float>(p)) : std::pow(x, p);
        const double y = powers({x}, {p}, dtype)[0];
        BOOST_TEST_CONTEXT(x << " to the power " << p << " is " << y << ", not " << expected) {
          BOOST_TEST(std::isnan(y) == std::isnan(expected));
          if (std::isnan(expected)) continue;
          BOOST_TEST(std::signbit(y) == std::signbit(expected));
          if (std::isinf(expected) || expected == 0)
            BOOST_TEST(y == expected);
          else
            BOOST_TEST(std::abs(y - expected) <= 1e-4 * std::abs(expected));
        }
      }
}

namespace pow_test {
struct AtEdge {
  double x, p;
  double by_x, by_p;
};
}  // namespace pow_test

// The values of PyTorch; by p of x below 0 it has NaN, where this is 0.
BOOST_AUTO_TEST_CASE(gradients_at_the_edges) {
  using namespace pow_test;
  const double none = std::nan("");
  const std::vector<AtEdge> rows{{0, 0, 0, 0},
                                 {0, 1, 1, 0},
                                 {0, 2, 0, 0},
                                 {0, 3, 0, 0},
                                 {0, 0.5, inf, 0},
                                 {0, 2.5, 0, 0},
                                 {0, -1, -inf, -inf},
                                 {-0.0, 3, 0, 0},
                                 {-2, 0, 0, 0},
                                 {-2, 2, -4, 0},
                                 {-2, 3, 12, 0},
                                 {1, none, none, 0},
                                 {2, 0, 0, std::log(2.0)},
                                 {inf, 0, 0, inf},
                                 {none, 0, 0, none},
                                 {none, 2, none, none},
                                 {0, none, none, none},
                                 {1, 0, 0, 0},
                                 {inf, 1, 1, inf},
                                 {1, inf, inf, 0}};
  for (const DType dtype : {f32, f64})
    for (const AtEdge& row : rows) BOOST_TEST_CONTEXT(row.x << " to the power " << row.p) {
        const auto same = [](double expected, double actual) {
          if (std::isnan(expected))
            BOOST_TEST(std::isnan(actual), actual);
          else if (std::isinf(expected))
            BOOST_TEST(actual == expected);
          else
            check_close(expected, actual, 1e-5, "gradient");
        };
        const Inputs inputs{{{1}, {row.x}, dtype}, {{1}, {row.p}, dtype}};
        for (const std::size_t i : {0, 1})
          same(i == 0 ? row.by_x : row.by_p,
               evaluate(
                   [&](Graph& g, const auto& in) {
                     return gradient(g, sum(pow(in[0], in[1])), {in[0], in[1]})[i];
                   },
                   inputs)[0]);
        same(row.by_x, evaluate(
                           [&](Graph& g, const auto& in) {
                             return gradient(g, sum(pow(in[0], row.p)), {in[0]})[0];
                           },
                           {inputs[0]})[0]);
      }
}

BOOST_AUTO_TEST_CASE(second_derivatives_at_zero) {
  for (const DType dtype : {f32, f64})
    for (const double p : {0.0, 1.0, 2.0, 3.0, 4.0, 5.0})
      for (const bool is_tensor : {false, true}) {
        const auto second = evaluate(
            [&](Graph& g, const auto& in) {
              const Tensor y = is_tensor ? pow(in[0], in[1]) : pow(in[0], p);
              const Tensor by = gradient(g, sum(y), {in[0]})[0];
              return gradient(g, sum(by), {in[0]})[0];
            },
            {{{1}, {0}, dtype}, {{1}, {p}, dtype}})[0];
        BOOST_TEST(second == (p == 2 ? 2 : 0), "x^" << p);
      }
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)pow(g.input("x", {3}, i32), 2.0); }),
                 "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
