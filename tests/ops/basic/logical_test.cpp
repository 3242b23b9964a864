#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/logical.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(logical_op)

BOOST_AUTO_TEST_CASE(truth_tables) {
  const Inputs inputs{{{4}, {0, 0, 1, 1}, boolean}, {{4}, {0, 1, 0, 1}, boolean}};
  const auto both = evaluate([](Graph&, const auto& x) { return logical_and(x[0], x[1]); }, inputs);
  const auto any = evaluate([](Graph&, const auto& x) { return logical_or(x[0], x[1]); }, inputs);
  const auto other = evaluate([](Graph&, const auto& x) { return logical_not(x[1]); }, inputs);
  BOOST_TEST((both == std::vector<double>{0, 0, 0, 1}));
  BOOST_TEST((any == std::vector<double>{0, 1, 1, 1}));
  BOOST_TEST((other == std::vector<double>{1, 0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(every_length_with_comparisons_of_every_dtype) {
  for (const DType dtype : {f32, f64, i32, i64})
    for (const std::int64_t length : {1, 15, 17, 64, 65, 1100}) {
      const auto n = static_cast<std::size_t>(length);
      const Inputs inputs{{{length}, random_values(n, 1, -9, 9), dtype},
                          {{length}, random_values(n, 2, 0, 2), boolean}};
      const auto result = evaluate(
          [](Graph&, const auto& x) {
            const Tensor above = x[0] > -3.0;
            const Tensor below = x[0] < 4.0;
            const Tensor inside = logical_and(above, below);
            const Tensor outside = logical_not(inside);
            const Tensor chosen = logical_or(outside, x[1]);
            return select(chosen, x[0], 0.0);
          },
          inputs);
      for (std::size_t i = 0; i < n; ++i) {
        const double whole = std::trunc(inputs[0].values[i]);
        const double x = is_floating(dtype) ? inputs[0].values[i] : whole;
        const bool chosen = !(x > -3 && x < 4) || inputs[1].values[i] != 0;
        check_close(chosen ? x : 0, result[i], 1e-6, "chosen");
      }
    }
}

BOOST_AUTO_TEST_CASE(truth_values_broadcast) {
  const auto result = evaluate([](Graph&, const auto& x) { return logical_and(x[0], x[1]); },
                               {{{batch, 2}, {1, 1, 0, 1, 1, 0}, boolean}, {{2}, {1, 0}, boolean}});
  BOOST_TEST((result == std::vector<double>{1, 0, 0, 0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(is_nan_finds_no_numbers_only) {
  for (const DType dtype : {f32, f64}) {
    const Inputs inputs{{{4}, {1, std::nan(""), INFINITY, 0}, dtype}};
    const auto result = evaluate([](Graph&, const auto& x) { return is_nan(x[0]); }, inputs);
    BOOST_TEST((result == std::vector<double>{0, 1, 0, 0}));
    const auto differs =
        evaluate([](Graph&, const auto& x) { return not_equal(x[0], x[0]); }, inputs);
    BOOST_TEST((differs == std::vector<double>{0, 1, 0, 0}));
  }
}

BOOST_AUTO_TEST_CASE(conditions_have_no_gradient) {
  const auto result = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor positive = x[0] > 0.0;
        const Tensor small = x[0] <= 1.0;
        const Tensor inside = logical_and(positive, small);
        return gradient(g, sum(select(inside, x[0] * 3.0, x[0])), {x[0]})[0];
      },
      {{{4}, {-1, 0.5, 1, 2}}});
  BOOST_TEST((result == std::vector<double>{1, 3, 3, 1}));
}

BOOST_AUTO_TEST_CASE(numbers_are_refused) {
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {3});
                   (void)logical_and(x, x);
                 }),
                 "[logical_and]");
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {3}, i32);
                   (void)logical_or(x, x);
                 }),
                 "[logical_or]");
  check_contains(graph_error([](Graph& g) { (void)logical_not(g.input("x", {3})); }),
                 "[logical_not]");
  check_contains(graph_error([](Graph& g) { (void)is_nan(g.input("x", {3}, i32)); }), "[is_nan]");
}

BOOST_AUTO_TEST_SUITE_END()
