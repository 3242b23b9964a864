#include <boost/test/unit_test.hpp>
#include <foregraph/detail/nn/layers/dense.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(dense_at_every_position_layer)

BOOST_AUTO_TEST_CASE(keeps_all_axes_but_the_last) {
  Graph g;
  const Tensor y = nn::dense(g.input("x", {batch, 5, 3}), 2, "hidden", {.every_position = true});
  BOOST_TEST((y.shape() == Shape{batch, 5, 2}));
  BOOST_REQUIRE_EQUAL(g.variables.size(), 2U);
  BOOST_TEST(full_name(g, g.variables[0].node) == "hidden/weight");
  BOOST_TEST(full_name(g, g.variables[1].node) == "hidden/bias");
  BOOST_TEST((g.node(g.variables[0].node).shape == Shape{3, 2}));
  BOOST_TEST((g.node(g.variables[1].node).shape == Shape{2}));
}

BOOST_AUTO_TEST_CASE(a_matrix_needs_no_reshape) {
  Graph g;
  const Tensor y =
      nn::dense(g.input("x", {batch, 3}), 2, "hidden", {.bias = false, .every_position = true});
  BOOST_TEST((y.shape() == Shape{batch, 2}));
  BOOST_TEST((g.node(y.id).op == &matmul_op));
  BOOST_TEST(g.variables.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_vector_is_refused) {
  check_contains(graph_error([](Graph& g) {
                   (void)nn::dense(g.input("x", {3}), 2, "hidden", {.every_position = true});
                 }),
                 "[matmul]");
}

BOOST_AUTO_TEST_SUITE_END()
