#include <boost/test/unit_test.hpp>
#include <foregraph/detail/nn/losses/blockwise_softmax_cross_entropy.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace blockwise_softmax_cross_entropy_cases {
Attributes of_blocks(std::int64_t rows, bool biased, double smoothing = 0) {
  Attributes attributes;
  attributes.integers[blockwise::block_rows] = rows;
  attributes.integers[blockwise::has_bias] = biased ? 1 : 0;
  attributes.number = smoothing;
  return attributes;
}
}  // namespace blockwise_softmax_cross_entropy_cases

BOOST_AUTO_TEST_SUITE(blockwise_softmax_cross_entropy)
using namespace blockwise_softmax_cross_entropy_cases;

BOOST_AUTO_TEST_CASE(derivatives_of_the_definition_are_those_of_the_kernel) {
  for (const double smoothing : {0.0, 0.2})
    check_gradient(
        [&](Graph& g, const auto& x) {
          return g.append(blockwise_softmax_cross_entropy_op, {x[0], x[3], x[1], x[2]},
                          of_blocks(2, true, smoothing), Location::current());
        },
        {random_input({batch, 4}, 1),
         random_input({4, 6}, 2),
         random_input({6}, 3),
         {{batch}, {5, 0, 2}, i32}});
}

BOOST_AUTO_TEST_CASE(operands_that_do_not_match_are_refused) {
  const auto message = [](Shape labels, Shape weight, bool biased) {
    return graph_error([&](Graph& g) {
      std::vector<Tensor> operands{g.input("x", {batch, 4}), g.input("y", labels, i32),
                                   g.input("w", weight)};
      if (biased) operands.push_back(g.input("b", {5}));
      (void)g.append(blockwise_softmax_cross_entropy_op, std::span<const Tensor>(operands),
                     of_blocks(2, biased), Location::current());
    });
  };
  const std::string what = "the operands of a blockwise loss do not match";
  check_contains(message({batch}, {3, 6}, false), what);
  check_contains(message({batch, 2}, {4, 6}, false), what);
  check_contains(message({batch}, {4, 6}, true), what);
}

BOOST_AUTO_TEST_CASE(results_are_views_for_every_batch) {
  const blockwise::Layout layout({3, 5}, 7, 19,
                                 blockwise::by_x | blockwise::by_weight | blockwise::by_bias);
  for (const Dim begin : {layout.bias_begin, layout.losses_begin, layout.x_begin})
    for (const std::int64_t samples : {1, 2, 31}) BOOST_TEST(begin.at(samples) % 16 == 0);
  BOOST_TEST(layout.bias_begin.constant >= 7 * 19);
  BOOST_TEST(layout.losses_begin.constant >= layout.bias_begin.constant + 19);
  BOOST_TEST(layout.x_begin.at(1) >= layout.losses_begin.at(1) + 8);
  BOOST_TEST(layout.size.at(2) == layout.x_begin.at(2) + 13 * 7);
}

BOOST_AUTO_TEST_SUITE_END()
