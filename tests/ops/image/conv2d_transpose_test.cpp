#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/image/conv2d_transpose.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(conv2d_transpose_op)

BOOST_AUTO_TEST_CASE(the_transposed_convolution_is_the_transpose) {
  // <conv(a), b> = <a, transpose(b)>
  const Conv2dOptions o{.stride_h = 2, .stride_w = 3, .padding = equal_padding(1)};
  const std::vector<double> difference = evaluate(
      [&](Graph&, const auto& x) {
        const Tensor y = conv2d(x[0], x[2], o);
        const Tensor z = conv2d_transpose(x[1], x[2], {.conv = o, .extra_h = 1, .extra_w = 2});
        const Tensor left = sum(y * x[1]);
        const Tensor right = sum(x[0] * z);
        return left - right;
      },
      {random_input({2, 6, 9, 3}, 1), random_input({2, 3, 3, 4}, 2),
       random_input({3, 3, 3, 4}, 3)});
  check_close(0, difference[0], 1e-12, "difference");
  check_gradient(
      [](Graph&, const auto& x) {
        return conv2d_transpose(x[0], x[1], {.conv = {.stride_h = 2, .stride_w = 2}});
      },
      {random_input({batch, 2, 2, 2}, 4), random_input({2, 3, 2, 2}, 5)});
  Graph g;
  const Tensor x = g.input("x", {batch, 4, 5, 8});
  const Tensor same =
      conv2d_transpose(x, g.parameter("w", {3, 3, 6, 8}),
                       {.conv = {.stride_h = 2, .stride_w = 2, .padding = same_padding}});
  BOOST_TEST((same.shape() == Shape{batch, 8, 10, 6}));
}

BOOST_AUTO_TEST_SUITE_END()
