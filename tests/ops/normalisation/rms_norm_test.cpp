#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/layers/rms_norm.hpp>

#include "support/row_norm_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace rms_norm_checks {

constexpr double epsilon = 1e-3;

std::vector<double> reference(const Inputs& in) {
  const std::size_t k = in[1].values.size();
  std::vector<double> y(in[0].values.size());
  for (std::size_t r = 0; r < y.size(); r += k) {
    double square = 0;
    for (std::size_t i = 0; i < k; ++i)
      square += std::pow(in[0].values[r + i], 2) / static_cast<double>(k);
    for (std::size_t i = 0; i < k; ++i)
      y[r + i] = in[0].values[r + i] / std::sqrt(square + epsilon) * in[1].values[i];
  }
  return y;
}

const auto rms = [](Graph&, const std::vector<Tensor>& x) { return rms_norm(x[0], x[1], epsilon); };

}  // namespace rms_norm_checks

BOOST_AUTO_TEST_SUITE(rms_norm_op)

using namespace rms_norm_checks;

BOOST_AUTO_TEST_CASE(rows_of_every_length) {
  row_norm_check::check_rows_of_every_length(rms, reference, "rms_norm");
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  row_norm_check::check_gradients(rms);
}

BOOST_AUTO_TEST_CASE(gradients_in_single_precision_over_many_rows) {
  row_norm_check::check_gradients_in_single_precision_over_many_rows(rms);
}

BOOST_AUTO_TEST_CASE(the_layer_has_its_parameter) {
  Graph g;
  (void)nn::rms_norm(g.input("x", {batch, 3, 7}), "b");
  BOOST_REQUIRE_EQUAL(g.variables.size(), 1U);
  BOOST_TEST(full_name(g, g.variables[0].node) == "b/gamma");
  BOOST_TEST(g.variables[0].initializer.scale == 1);
}

BOOST_AUTO_TEST_CASE(what_does_not_match_is_refused) {
  check_contains(
      graph_error([](Graph& g) { (void)rms_norm(g.input("x", {batch}), g.input("g", {batch})); }),
      "the operands of a row normalization do not match");
  check_contains(
      graph_error([](Graph& g) { (void)rms_norm(g.input("x", {3}, i32), g.input("g", {3}, i32)); }),
      "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
