#include <boost/test/unit_test.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/image/accumulate.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(accumulate_function)

BOOST_AUTO_TEST_CASE(takes_products_over) {
  Graph g;
  const Tensor c = g.parameter("c", {3, 2});
  const Tensor x = g.input("x", {batch, 3});
  const Tensor y = g.input("y", {batch, 2});
  const Tensor product = matmul(x, y, {true, false});
  BOOST_TEST(g.node(accumulate(c, product, -0.1, 1.0).id).op == &matmul_accumulate_op);
  BOOST_TEST(g.node(accumulate(c, relu(product), -0.1, 1.0).id).op == &add_op);
  const Tensor flat = g.parameter("flat", {6});
  const Tensor sum = accumulate(flat, reshape(product, {6}), -0.1, 1.0);
  BOOST_TEST(g.node(g.inputs_of(sum.id)[0]).op == &matmul_accumulate_op);
  BOOST_TEST((sum.shape() == Shape{6}));
}

BOOST_AUTO_TEST_CASE(weight_gradients_of_convolutions) {
  // By 1x1 it is a matrix product, by 3x3 it is not; both give beta c + alpha dw.
  for (const std::int64_t kernel : {1, 3}) {
    const Input image = random_input({batch, 4, 5, 3}, 1);
    const Input weight = random_input({kernel, kernel, 3, 2}, 2);
    const auto run = [&](bool fused) {
      return evaluate(
          [&](Graph& g, const auto& in) {
            const Tensor y = conv2d(in[0], in[1], square_conv(1, kernel / 2));
            const std::vector<Tensor> wrt{in[1]};
            const Tensor gradient_of_weight = gradient(g, sum(multiply(y, y)), wrt)[0];
            BOOST_TEST(is_matrix_product(gradient_of_weight) == (kernel == 1));
            if (fused) return accumulate(in[1], gradient_of_weight, -0.1, 0.5);
            return add(multiply(0.5, in[1]), multiply(-0.1, gradient_of_weight));
          },
          {image, weight});
    };
    const std::vector<double> expected = run(false);
    const std::vector<double> result = run(true);
    for (std::size_t i = 0; i < expected.size(); ++i)
      check_close(expected[i], result[i], 1e-12, "accumulated");
  }
}

BOOST_AUTO_TEST_SUITE_END()
