#include <boost/test/unit_test.hpp>
#include <foregraph/detail/nn/layers/multi_head_attention.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(multi_head_attention_layer)

BOOST_AUTO_TEST_CASE(four_projections_of_the_width) {
  Graph g;
  const Tensor y = nn::multi_head_attention(g.input("x", {batch, 5, 6}), 3, "heads");
  BOOST_TEST((y.shape() == Shape{batch, 5, 6}));
  BOOST_REQUIRE_EQUAL(g.variables.size(), 8U);
  const char* const parts[] = {"query", "key", "value", "out"};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string part = std::string("heads/") + parts[i];
    BOOST_TEST(full_name(g, g.variables[2 * i].node) == part + "/weight");
    BOOST_TEST(full_name(g, g.variables[2 * i + 1].node) == part + "/bias");
    BOOST_TEST((g.node(g.variables[2 * i].node).shape == Shape{6, 6}));
    BOOST_TEST((g.node(g.variables[2 * i + 1].node).shape == Shape{6}));
  }
}

BOOST_AUTO_TEST_CASE(heads_must_divide_the_width) {
  const std::string part = "the number of heads does not divide the width";
  for (const std::int64_t heads : {0, 4})
    check_contains(graph_error([&](Graph& g) {
                     (void)nn::multi_head_attention(g.input("x", {batch, 5, 6}), heads, "heads");
                   }),
                   part);
  check_contains(graph_error([](Graph& g) {
                   (void)nn::multi_head_attention(g.input("x", {batch, 6}), 3, "heads");
                 }),
                 part);
}

BOOST_AUTO_TEST_SUITE_END()
