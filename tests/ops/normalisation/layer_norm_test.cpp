#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/nn/layers/layer_norm.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace layer_norm_checks {

std::vector<double> reference(const Inputs& in, double epsilon) {
  const std::size_t k = in[1].values.size();
  std::vector<double> y(in[0].values.size());
  for (std::size_t r = 0; r < y.size(); r += k) {
    double mean = 0;
    double variance = 0;
    for (std::size_t i = 0; i < k; ++i) mean += in[0].values[r + i] / static_cast<double>(k);
    for (std::size_t i = 0; i < k; ++i)
      variance += std::pow(in[0].values[r + i] - mean, 2) / static_cast<double>(k);
    for (std::size_t i = 0; i < k; ++i)
      y[r + i] = (in[0].values[r + i] - mean) / std::sqrt(variance + epsilon) * in[1].values[i] +
                 in[2].values[i];
  }
  return y;
}

const auto layer = [](Graph&, const std::vector<Tensor>& x) {
  return layer_norm(x[0], x[1], x[2], 1e-3);
};

}  // namespace layer_norm_checks

BOOST_AUTO_TEST_SUITE(layer_norm_op)

using namespace layer_norm_checks;

BOOST_AUTO_TEST_CASE(rows_of_every_length) {
  for (const DType dtype : {f32, f64})
    for (const std::int64_t k : {1, 2, 5, 8, 16, 17, 300}) {
      const auto n = static_cast<std::size_t>(k);
      const Inputs in{{{batch, 2, k}, random_values(6 * n, 1, -3, 5), dtype},
                      {{k}, random_values(n, 2), dtype},
                      {{k}, random_values(n, 3), dtype}};
      const double tolerance = dtype == f32 ? 1e-5 : 1e-12;
      const auto y = evaluate(layer, in);
      const auto expected = reference(in, 1e-3);
      for (std::size_t i = 0; i < y.size(); ++i)
        check_close(expected[i], y[i], tolerance, "layer_norm");
    }
}

BOOST_AUTO_TEST_CASE(a_large_mean_costs_no_digits) {
  const auto y = evaluate(layer, {{{1, 4}, {8192, 8193, 8192, 8193}, f32},
                                  {{4}, {1, 1, 1, 1}, f32},
                                  {{4}, {0, 0, 0, 0}, f32}});
  check_close(-0.5 / std::sqrt(0.251), y[0], 1e-6, "layer_norm");
  check_close(0.5 / std::sqrt(0.251), y[3], 1e-6, "layer_norm");
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(layer, {random_input({batch, 5}, 1), random_input({5}, 2), random_input({5}, 3)});
  check_gradient(
      [](Graph& g, const auto& x) {
        return layer(g, {x[0], x[1], x[1]}) * x[0];
      },
      {random_input({2, 2, 3}, 4), random_input({3}, 5)});
}

BOOST_AUTO_TEST_CASE(gradients_in_single_precision_over_many_rows) {
  for (const std::size_t which : {0U, 1U, 2U}) {
    const auto by = [&](Graph& g, const auto& x) {
      const Tensor loss = sum(layer(g, x) * x[3]);
      return gradient(g, loss, {x[which]})[0];
    };
    Inputs in{random_input({70, 19}, 1), random_input({19}, 2), random_input({19}, 3),
              random_input({70, 19}, 4)};
    const auto exact = evaluate(by, in);
    for (Input& input : in) input.dtype = f32;
    const auto rough = evaluate(by, in);
    for (std::size_t i = 0; i < exact.size(); ++i)
      check_close(exact[i], rough[i], 2e-5, "gradient");
  }
}

BOOST_AUTO_TEST_CASE(layers_have_their_parameters) {
  Graph g;
  const Tensor x = g.input("x", {batch, 3, 7});
  (void)layer_norm(x, "a");
  BOOST_REQUIRE_EQUAL(g.variables.size(), 2U);
  BOOST_TEST(full_name(g, g.variables[0].node) == "a/gamma");
  BOOST_TEST(full_name(g, g.variables[1].node) == "a/beta");
  BOOST_TEST(g.variables[0].initializer.scale == 1);
  BOOST_TEST(g.variables[1].initializer.scale == 0);
}

BOOST_AUTO_TEST_CASE(what_does_not_match_is_refused) {
  check_contains(graph_error([](Graph& g) {
                   const Tensor gamma = g.input("gamma", {4});
                   (void)layer_norm(g.input("x", {batch, 3}), gamma, gamma);
                 }),
                 "the operands of a row's normalisation do not match");
}

BOOST_AUTO_TEST_SUITE_END()
