#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/layers/dense.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(dense_layer)

BOOST_AUTO_TEST_CASE(makes_a_named_weight_and_bias) {
  Graph g;
  const Tensor y = nn::dense(g.input("x", {batch, 3}), 2, "hidden");
  BOOST_TEST(to_string(y.dtype(), y.shape()) == "f32[batch,2]");
  BOOST_REQUIRE_EQUAL(g.variables.size(), 2U);
  BOOST_TEST(full_name(g, g.variables[0].node) == "hidden/weight");
  BOOST_TEST(full_name(g, g.variables[1].node) == "hidden/bias");
  BOOST_TEST(g.variables[0].trainable);
  check_close(std::sqrt(6.0 / 5.0), g.variables[0].initializer.scale, 1e-15, "Glorot's limit");
  BOOST_TEST(g.variables[1].initializer.scale == 0.0);
}

BOOST_AUTO_TEST_CASE(options) {
  Graph g;
  (void)nn::dense(g.input("x", {batch, 8}), 2, "hidden",
                  {.weight = LayerInit::he_normal, .bias = false, .seed = 7});
  BOOST_REQUIRE_EQUAL(g.variables.size(), 1U);
  BOOST_TEST(g.variables[0].initializer.scale == 0.5);
  BOOST_TEST(g.variables[0].initializer.seed == 7U);
}

BOOST_AUTO_TEST_CASE(a_name_used_twice_is_refused) {
  const std::string text = graph_error([](Graph& g) {
    const Tensor x = g.input("x", {batch, 3});
    (void)nn::dense(nn::dense(x, 3, "same"), 3, "same");
  });
  check_contains(text, "the name is used twice");
}

BOOST_AUTO_TEST_CASE(an_image_is_refused) {
  const std::string text = graph_error([](Graph& g) {
    (void)nn::dense(g.input("x", {batch, 28, 28}), 3, "hidden");
  });
  check_contains(text, "f32[batch,28,28]");
}

BOOST_AUTO_TEST_SUITE_END()
