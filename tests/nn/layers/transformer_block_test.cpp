#include <boost/test/unit_test.hpp>
#include <foregraph/detail/nn/layers/transformer_block.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(transformer_block_layer)

BOOST_AUTO_TEST_CASE(parameters_and_shape) {
  Graph g;
  const Tensor y = nn::transformer_block(g.input("x", {batch, 5, 6}), 3, "block");
  BOOST_TEST((y.shape() == Shape{batch, 5, 6}));
  const std::vector<std::string> expected{"norm1/gamma",
                                          "norm1/beta",
                                          "attention/query/weight",
                                          "attention/query/bias",
                                          "attention/key/weight",
                                          "attention/key/bias",
                                          "attention/value/weight",
                                          "attention/value/bias",
                                          "attention/out/weight",
                                          "attention/out/bias",
                                          "norm2/gamma",
                                          "norm2/beta",
                                          "up/weight",
                                          "up/bias",
                                          "down/weight",
                                          "down/bias"};
  BOOST_REQUIRE_EQUAL(g.variables.size(), expected.size());
  std::int64_t count = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST(full_name(g, g.variables[i].node) == "block/" + expected[i]);
    count += g.node(g.variables[i].node).shape.elements().constant;
  }
  BOOST_TEST(count == 12 * 6 * 6 + 13 * 6);
}

BOOST_AUTO_TEST_CASE(the_hidden_layer_is_as_wide_as_asked_for) {
  Graph g;
  (void)nn::transformer_block(g.input("x", {batch, 5, 6}), 3, "block", {.mlp_factor = 2});
  BOOST_TEST((g.node(g.variables[12].node).shape == Shape{6, 12}));
  BOOST_TEST((g.node(g.variables[14].node).shape == Shape{12, 6}));
}

BOOST_AUTO_TEST_SUITE_END()
