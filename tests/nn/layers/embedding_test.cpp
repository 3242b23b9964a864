#include <boost/test/unit_test.hpp>
#include <foregraph/detail/nn/layers/embedding.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(embedding_layer)

BOOST_AUTO_TEST_CASE(makes_a_named_table) {
  Graph g;
  const nn::Embedding e = nn::embedding_with_weight(g.input("i", {batch, 5}, i32), 7, 3, "words");
  BOOST_TEST((e.vectors.shape() == Shape{batch, 5, 3}));
  BOOST_TEST((e.weight.shape() == Shape{7, 3}));
  BOOST_REQUIRE_EQUAL(g.variables.size(), 1U);
  BOOST_TEST(full_name(g, g.variables[0].node) == "words/weight");
  BOOST_TEST(g.variables[0].trainable);
  BOOST_TEST(g.variables[0].initializer.scale == 0.02);
  const auto operands = g.inputs_of(e.vectors.id);
  BOOST_TEST(operands[0] == e.weight.id);
}

BOOST_AUTO_TEST_CASE(options_choose_dtype_and_values) {
  Graph g;
  const Tensor y = nn::embedding(g.input("i", {batch}, i64), 7, 3, "words",
                                 {.weight = filled_with(2), .dtype = f64});
  BOOST_TEST((y.dtype() == f64));
  BOOST_TEST(g.variables[0].initializer.scale == 2.0);
}

BOOST_AUTO_TEST_CASE(indices_are_whole_numbers) {
  check_contains(
      graph_error([](Graph& g) { (void)nn::embedding(g.input("i", {3}), 7, 3, "words"); }),
      "[gather]");
}

BOOST_AUTO_TEST_SUITE_END()
