// No cotangent, no gradient: where a value is not chosen, an infinite or undefined slope does not
// matter. Slopes that are infinite where the cotangent is not 0 stay so.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <string>
#include <vector>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace zero_cotangent {

const double inf = INFINITY;
const double none = std::nan("");

/// f, an argument at which its slope is no number, one at which it is, and its first two
/// derivatives there.
struct Row {
  std::string name;
  Tensor (*f)(Tensor);
  double bad;
  double good;
  double slope;
  double second;
};

std::vector<Row> rows() {
  const auto ln2 = std::log(2.0);
  return {
      {"sqrt at 0", [](Tensor x) { return sqrt(x); }, 0, 4, 0.25, -1.0 / 32},
      {"sqrt below 0", [](Tensor x) { return sqrt(x); }, -1, 4, 0.25, -1.0 / 32},
      {"rsqrt at 0", [](Tensor x) { return rsqrt(x); }, 0, 4, -1.0 / 16, 3.0 / 128},
      {"rsqrt below 0", [](Tensor x) { return rsqrt(x); }, -2, 4, -1.0 / 16, 3.0 / 128},
      {"log at 0", [](Tensor x) { return log(x); }, 0, 2, 0.5, -0.25},
      {"log below 0", [](Tensor x) { return log(x); }, -3, 2, 0.5, -0.25},
      {"reciprocal", [](Tensor x) { return reciprocal(x); }, 0, 2, -0.25, 0.25},
      {"number / x", [](Tensor x) { return 3.0 / x; }, 0, 2, -0.75, 0.75},
      {"x / x^2", [](Tensor x) { return x / square(x); }, 0, 2, -0.25, 0.25},
      {"0 / 0", [](Tensor x) { return square(x) / x; }, 0, 2, 1, 0},
      {"pow -1.5", [](Tensor x) { return pow(x, -1.5); }, 0, 1, -1.5, 3.75},
      {"pow 0.5", [](Tensor x) { return pow(x, 0.5); }, 0, 4, 0.25, -1.0 / 32},
      {"pow 0.3", [](Tensor x) { return pow(x, 0.3); }, 0, 1, 0.3, -0.21},
      {"pow 1.5", [](Tensor x) { return pow(x, 1.5); }, -1, 4, 3, 0.375},
      {"x^x", [](Tensor x) { return pow(x, x); }, -0.5, 1, 1, 2},
      {"2^x", [](Tensor x) { return pow(2.0, x); }, 1e5, 1, 2 * ln2, 2 * ln2 * ln2},
      {"exp", [](Tensor x) { return exp(x); }, 1e5, 0, 1, 1},
      {"exp of 1 / x", [](Tensor x) { return exp(1.0 / x); }, 0, 1, -std::exp(1), 3 * std::exp(1)},
      {"x log x", [](Tensor x) { return x * log(x); }, 0, 2, ln2 + 1, 0.5},
      {"log of log", [](Tensor x) { return log(log(x)); }, 0, std::exp(1), std::exp(-1),
       -2 * std::exp(-2)},
      {"sqrt of log", [](Tensor x) { return sqrt(log(x)); }, 1, std::exp(1), 0.5 * std::exp(-1),
       -0.75 * std::exp(-2)},
      {"x / sqrt(x)", [](Tensor x) { return x / sqrt(x); }, 0, 4, 0.25, -1.0 / 32},
      {"square", [](Tensor x) { return square(x); }, inf, 3, 6, 2},
      {"product", [](Tensor x) { return x * x * x; }, none, 2, 12, 12},
      {"sin", [](Tensor x) { return sin(x); }, inf, 0, 1, 0},
      {"cos", [](Tensor x) { return cos(x); }, -inf, 0, 0, -1},
      {"tan", [](Tensor x) { return tan(x); }, inf, 0, 1, 0},
      {"tanh", [](Tensor x) { return tanh(x); }, none, 0, 1, 0},
      {"sigmoid", [](Tensor x) { return sigmoid(x); }, none, 0, 0.25, 0},
      {"softplus", [](Tensor x) { return softplus(x); }, none, 0, 0.5, 0.25},
      {"silu", [](Tensor x) { return silu(x); }, none, 0, 0.5, 0.5},
      {"gelu", [](Tensor x) { return gelu(x); }, none, 0, 0.5, std::sqrt(2 / std::acos(-1.0))},
      {"gelu_tanh", [](Tensor x) { return gelu_tanh(x); }, none, 0, 0.5,
       std::sqrt(2 / std::acos(-1.0))},
      {"mish", [](Tensor x) { return mish(x); }, none, 0, 0.6, 0.64},
      {"hard_swish", [](Tensor x) { return hard_swish(x); }, none, 0, 0.5, 1.0 / 3},
      {"abs", [](Tensor x) { return abs(x); }, none, 2, 1, 0},
      {"erf", [](Tensor x) { return erf(x); }, none, 0, 2 / std::sqrt(std::acos(-1.0)), 0},
      {"softsign", [](Tensor x) { return softsign(x); }, none, 1, 0.25, -0.25},
      {"elu", [](Tensor x) { return elu(x); }, none, -1, std::exp(-1), std::exp(-1)},
      {"leaky_relu", [](Tensor x) { return leaky_relu(x); }, none, -1, 0.01, 0},
      {"cumulative product",
       [](Tensor x) {
         return reduce_prod(stack({x, x, x}), {0});
       },
       none, 2, 12, 12},
  };
}

}  // namespace zero_cotangent

BOOST_AUTO_TEST_SUITE(zero_cotangents)

BOOST_AUTO_TEST_CASE(what_is_not_chosen_has_no_gradient) {
  for (const DType dtype : {f32, f64})
    for (const auto& row : zero_cotangent::rows()) BOOST_TEST_CONTEXT(row.name) {
        const Inputs inputs{{{2}, {row.bad, row.good}, dtype}, {{2}, {0, 1}, boolean}};
        const auto chosen = [&](const std::vector<Tensor>& x) {
          return sum(select(x[1], row.f(x[0]), 0.0));
        };
        const auto first = evaluate(
            [&](Graph& g, const auto& x) { return foregraph::gradient(g, chosen(x), {x[0]})[0]; },
            inputs);
        const auto second = evaluate(
            [&](Graph& g, const auto& x) {
              const Tensor by = foregraph::gradient(g, chosen(x), {x[0]})[0];
              return foregraph::gradient(g, sum(by), {x[0]})[0];
            },
            inputs);
        const double tolerance = dtype == f32 ? 1e-5 : 1e-12;
        BOOST_TEST(first[0] == 0);
        check_close(row.slope, first[1], tolerance, "slope");
        BOOST_TEST(second[0] == 0);
        check_close(row.second, second[1], tolerance, "second derivative");
      }
}

BOOST_AUTO_TEST_CASE(what_is_chosen_has_its_infinite_slope) {
  using zero_cotangent::inf;
  const auto slope = [](Tensor (*f)(Tensor), double x, DType dtype) {
    return evaluate(
        [&](Graph& g, const auto& in) { return foregraph::gradient(g, sum(f(in[0])), {in[0]})[0]; },
        {{{1}, {x}, dtype}})[0];
  };
  for (const DType dtype : {f32, f64}) {
    BOOST_TEST(slope([](Tensor x) { return sqrt(x); }, 0, dtype) == inf);
    BOOST_TEST(slope([](Tensor x) { return log(x); }, 0, dtype) == inf);
    BOOST_TEST(slope([](Tensor x) { return rsqrt(x); }, 0, dtype) == -inf);
    BOOST_TEST(slope([](Tensor x) { return 1.0 / x; }, 0, dtype) == -inf);
    BOOST_TEST(slope([](Tensor x) { return pow(x, 0.5); }, 0, dtype) == inf);
    BOOST_TEST(slope([](Tensor x) { return exp(x); }, 1e5, dtype) == inf);
    // As in PyTorch: an infinite cotangent times a slope of 0.
    BOOST_TEST(std::isnan(slope([](Tensor x) { return sqrt(abs(x)); }, 0, dtype)));
  }
}

// At the least squared error the cotangent is 0, but not its derivative.
BOOST_AUTO_TEST_CASE(the_hessian_at_a_minimum_is_whole) {
  const auto hessian = [](const Function& f, double x, double target) {
    return evaluate(
        [&](Graph& g, const auto& in) {
          const Tensor by = foregraph::gradient(g, sum(square(f(g, in) - target)), {in[0]})[0];
          return foregraph::gradient(g, sum(by), {in[0]})[0];
        },
        {{{1}, {x}}})[0];
  };
  check_close(0.125, hessian([](Graph&, const auto& x) { return sqrt(x[0]); }, 4, 2), 1e-12,
              "sqrt");
  check_close(2, hessian([](Graph&, const auto& x) { return log(x[0]); }, 1, 0), 1e-12, "log");
  check_close(2, hessian([](Graph&, const auto& x) { return exp(x[0]); }, 0, 1), 1e-12, "exp");
  check_close(0.125, hessian([](Graph&, const auto& x) { return 1.0 / x[0]; }, 2, 0.5), 1e-12,
              "reciprocal");
  check_close(18, hessian([](Graph&, const auto& x) { return pow(x[0], 3.0); }, 1, 1), 1e-12,
              "pow");
  check_close(2, hessian([](Graph&, const auto& x) { return tanh(x[0]); }, 0, 0), 1e-12, "tanh");
}

BOOST_AUTO_TEST_CASE(rows_of_losses_that_are_masked) {
  using zero_cotangent::inf;
  using zero_cotangent::none;
  for (const DType dtype : {f32, f64}) {
    const Inputs inputs{
        {{2, 3}, {none, inf, -inf, 0, 0, 0}, dtype}, {{2}, {1, 2}, i64}, {{2}, {0, 1}, boolean}};
    const auto by = evaluate(
        [](Graph& g, const auto& x) {
          const Tensor each = nn::softmax_cross_entropy_per_sample(x[0], x[1]);
          return foregraph::gradient(g, sum(select(x[2], each, 0.0)), {x[0]})[0];
        },
        inputs);
    for (const std::size_t i : {0, 1, 2}) BOOST_TEST(by[i] == 0);
    check_close(1.0 / 3, by[3], 1e-6, "softmax");
    check_close(-2.0 / 3, by[5], 1e-6, "softmax - 1");
    // A label that is not known, as NaN.
    const auto squares = evaluate(
        [](Graph& g, const auto& x) {
          const Tensor error = x[0] - x[1];
          return foregraph::gradient(g, sum(select(x[2], error * error, 0.0)), {x[0]})[0];
        },
        {{{2}, {3, 4}, dtype}, {{2}, {none, 1}, dtype}, {{2}, {0, 1}, boolean}});
    BOOST_TEST(squares[0] == 0);
    BOOST_TEST(squares[1] == 6);
  }
}

// sqrt(x^2 + ...) where all is 0: the root is not differentiable, and 0 lies between its slopes.
BOOST_AUTO_TEST_CASE(roots_of_sums_of_squares_at_zero) {
  const std::vector<std::pair<std::string, Tensor (*)(Tensor)>> roots{
      {"sqrt(sum(x * x))", [](Tensor x) { return sqrt(sum(x * x, {1})); }},
      {"sqrt(sum(square(x)))", [](Tensor x) { return sqrt(sum(square(x), {1})); }},
      {"sqrt(sum(pow(x, 2)))", [](Tensor x) { return sqrt(sum(pow(x, 2.0), {1})); }},
      {"sqrt(mean(square(x)))", [](Tensor x) { return sqrt(mean(square(x), {1})); }},
      {"pow(sum(square(x)), 0.5)", [](Tensor x) { return pow(sum(square(x), {1}), 0.5); }},
      {"sqrt(sum_product(x, x))", [](Tensor x) { return sqrt(sum_product(x, x, {1})); }},
      {"sqrt(0.5 * sum(square(x)))", [](Tensor x) { return sqrt(0.5 * sum(square(x), {1})); }},
      {"sqrt(a^2 + b^2)",
       [](Tensor x) { return sqrt(square(slice(x, 1, 0, 1)) + square(slice(x, 1, 1, 2))); }},
      {"sqrt(variance(x))", [](Tensor x) { return sqrt(variance(x, {1})); }},
      {"standard_deviation(x)", [](Tensor x) { return standard_deviation(x, {1}); }},
      {"norm(x)", [](Tensor x) { return norm(x, {1}); }}};
  for (const DType dtype : {f32, f64})
    for (const auto& [name, f] : roots) BOOST_TEST_CONTEXT(name) {
        const Input x{{2, 2}, {0, 0, 3, -4}, dtype};
        const auto by = evaluate(
            [&root = f](Graph& g, const auto& in) {
              return foregraph::gradient(g, sum(root(in[0])), {in[0]})[0];
            },
            {x});
        BOOST_TEST(by[0] == 0);
        BOOST_TEST(by[1] == 0);
        BOOST_TEST((by[2] > 0.3 && by[2] < 0.8));
        BOOST_TEST((by[3] < -0.3 && by[3] > -0.9));
        // A loss that is NaN is not hidden.
        const auto spoilt = evaluate(
            [&root = f](Graph& g, const auto& in) {
              return foregraph::gradient(g, sum(root(in[0]) * std::nan("")), {in[0]})[0];
            },
            {x});
        BOOST_TEST(std::isnan(spoilt[0]));
      }
}

BOOST_AUTO_TEST_SUITE_END()
