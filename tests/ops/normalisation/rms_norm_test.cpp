#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/nn/layers/rms_norm.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace rms_norm_checks {

std::vector<double> reference(const Inputs& in, double epsilon) {
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

const auto rms = [](Graph&, const std::vector<Tensor>& x) { return rms_norm(x[0], x[1], 1e-3); };

}  // namespace rms_norm_checks

BOOST_AUTO_TEST_SUITE(rms_norm_op)

using namespace rms_norm_checks;

BOOST_AUTO_TEST_CASE(rows_of_every_length) {
  for (const DType dtype : {f32, f64})
    for (const std::int64_t k : {1, 2, 5, 8, 16, 17, 300}) {
      const auto n = static_cast<std::size_t>(k);
      const Inputs in{{{batch, 2, k}, random_values(6 * n, 1, -3, 5), dtype},
                      {{k}, random_values(n, 2), dtype},
                      {{k}, random_values(n, 3), dtype}};
      const double tolerance = dtype == f32 ? 1e-5 : 1e-12;
      const auto y = evaluate(rms, in);
      const auto expected = reference(in, 1e-3);
      for (std::size_t i = 0; i < y.size(); ++i)
        check_close(expected[i], y[i], tolerance, "rms_norm");
    }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(rms, {random_input({batch, 5}, 1), random_input({5}, 2), random_input({5}, 3)});
  check_gradient(
      [](Graph& g, const auto& x) {
        return rms(g, {x[0], x[1], x[1]}) * x[0];
      },
      {random_input({2, 2, 3}, 4), random_input({3}, 5)});
}

BOOST_AUTO_TEST_CASE(gradients_in_single_precision_over_many_rows) {
  for (const std::size_t which : {0U, 1U, 2U}) {
    const auto by = [&](Graph& g, const auto& x) {
      const Tensor loss = sum(rms(g, x) * x[3]);
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

BOOST_AUTO_TEST_CASE(the_layer_has_its_parameter) {
  Graph g;
  (void)rms_norm(g.input("x", {batch, 3, 7}), "b");
  BOOST_REQUIRE_EQUAL(g.variables.size(), 1U);
  BOOST_TEST(full_name(g, g.variables[0].node) == "b/gamma");
  BOOST_TEST(g.variables[0].initializer.scale == 1);
}

BOOST_AUTO_TEST_CASE(what_does_not_match_is_refused) {
  check_contains(
      graph_error([](Graph& g) { (void)rms_norm(g.input("x", {batch}), g.input("g", {batch})); }),
      "the operands of a row's normalisation do not match");
  check_contains(
      graph_error([](Graph& g) { (void)rms_norm(g.input("x", {3}, i32), g.input("g", {3}, i32)); }),
      "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
