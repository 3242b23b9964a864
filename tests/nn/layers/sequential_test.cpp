#include <boost/test/unit_test.hpp>
#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/nn/layers/sequential.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(sequential_layers)

BOOST_AUTO_TEST_CASE(layers_one_after_the_other) {
  Graph g;
  const Tensor x = g.input("x", {batch, 8});
  const Tensor y = nn::sequential(
      x, [](Tensor t) { return nn::dense(t, 4, "first"); }, [](Tensor t) { return relu(t); },
      [](Tensor t) { return nn::dense(t, 2, "second"); });
  BOOST_TEST((y.shape() == Shape{batch, 2}));
  BOOST_TEST(g.variables.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
