#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/losses/binary_cross_entropy.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(binary_cross_entropy_op)

BOOST_AUTO_TEST_CASE(value) {
  const Inputs inputs{{{batch}, {0.2, 0.9, 0.5}}, {{batch}, {0, 1, 0.3}}};
  const double expected =
      -(std::log(0.8) + std::log(0.9) + 0.3 * std::log(0.5) + 0.7 * std::log(0.5)) / 3;
  check_close(expected,
              evaluate([](Graph&, const auto& x) { return nn::binary_cross_entropy(x[0], x[1]); },
                       inputs)[0],
              1e-13, "probabilities");
}

BOOST_AUTO_TEST_CASE(with_logits_it_is_the_same) {
  const Inputs inputs{random_input({batch, 2}, 1, -4, 4), random_input({batch, 2}, 2, 0, 1)};
  check_close(
      evaluate([](Graph&, const auto& x) { return nn::binary_cross_entropy(sigmoid(x[0]), x[1]); },
               inputs)[0],
      evaluate(
          [](Graph&, const auto& x) { return nn::binary_cross_entropy_with_logits(x[0], x[1]); },
          inputs)[0],
      1e-12, "logits");
}

BOOST_AUTO_TEST_CASE(saturation_stays_finite) {
  for (const DType dtype : {f32, f64}) {
    const Inputs inputs{{{4}, {0, 1, 0, 1}, dtype}, {{4}, {1, 0, 0, 1}, dtype}};
    const double loss = evaluate(
        [](Graph&, const auto& x) { return nn::binary_cross_entropy(x[0], x[1]); }, inputs)[0];
    BOOST_TEST(std::isfinite(loss));
    BOOST_TEST(loss > 5.0);
    const Inputs far{{{2}, {-1000, 1000}, dtype}, {{2}, {1, 0}, dtype}};
    const double logit_loss = evaluate(
        [](Graph&, const auto& x) { return nn::binary_cross_entropy_with_logits(x[0], x[1]); },
        far)[0];
    check_close(1000, logit_loss, 1e-6, "far logits");
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return nn::binary_cross_entropy(x[0], x[1]); },
                 {random_input({batch, 2}, 1, 0.2, 0.8), random_input({batch, 2}, 2, 0.1, 0.9)});
  check_gradient(
      [](Graph&, const auto& x) { return nn::binary_cross_entropy_with_logits(x[0], x[1]); },
      {random_input({batch, 2}, 3), random_input({batch, 2}, 4, 0, 1)});
}

BOOST_AUTO_TEST_CASE(a_loss_does_not_broadcast) {
  check_contains(graph_error([](Graph& g) {
                   (void)nn::binary_cross_entropy(g.input("p", {batch, 1}), g.input("y", {1}));
                 }),
                 "shapes differ");
}

BOOST_AUTO_TEST_SUITE_END()
