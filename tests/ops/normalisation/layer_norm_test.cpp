#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/layers/layer_norm.hpp>

#include "support/row_norm_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace layer_norm_checks {

constexpr double epsilon = 1e-3;

std::vector<double> reference(const Inputs& in) {
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
  return layer_norm(x[0], x[1], x[2], epsilon);
};

}  // namespace layer_norm_checks

BOOST_AUTO_TEST_SUITE(layer_norm_op)

using namespace layer_norm_checks;

BOOST_AUTO_TEST_CASE(rows_of_every_length) {
  row_norm_check::check_rows_of_every_length(layer, reference, "layer_norm");
}

BOOST_AUTO_TEST_CASE(a_large_mean_costs_no_digits) {
  const auto y = evaluate(layer, {{{1, 4}, {8192, 8193, 8192, 8193}, f32},
                                  {{4}, {1, 1, 1, 1}, f32},
                                  {{4}, {0, 0, 0, 0}, f32}});
  check_close(-0.5 / std::sqrt(0.251), y[0], 1e-6, "layer_norm");
  check_close(0.5 / std::sqrt(0.251), y[3], 1e-6, "layer_norm");
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  row_norm_check::check_gradients(layer);
}

BOOST_AUTO_TEST_CASE(gradients_in_single_precision_over_many_rows) {
  row_norm_check::check_gradients_in_single_precision_over_many_rows(layer);
}

BOOST_AUTO_TEST_CASE(layers_have_their_parameters) {
  Graph g;
  const Tensor x = g.input("x", {batch, 3, 7});
  (void)nn::layer_norm(x, "a");
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
                 "the operands of a row normalization do not match");
}

BOOST_AUTO_TEST_SUITE_END()
