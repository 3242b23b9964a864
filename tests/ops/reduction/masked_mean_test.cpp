#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/ops/reduction/masked_mean.hpp>

#include "support/expect.hpp"
#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(masked_mean_op)

BOOST_AUTO_TEST_CASE(only_what_is_not_masked_counts) {
  const auto of = [](Graph&, const auto& in) { return masked_mean(in[0], in[1]); };
  BOOST_TEST(evaluate(of, {{{4}, {1, 2, 3, 100}}, {{4}, {1, 1, 1, 0}}})[0] == 2.0);
  BOOST_TEST(evaluate(of, {{{2, 2}, {1, 2, 3, 4}}, {{2, 2}, {1, 0, 0, 1}}})[0] == 2.5);
  BOOST_TEST(evaluate(of, {{{2}, {1, 2}}, {{2}, {0, 0}}})[0] == 0.0);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return masked_mean(x[0] * x[0], x[1]); },
                 {random_input({3, 2}, 1), random_input({3, 2}, 2, 0.5, 1)});
}

BOOST_AUTO_TEST_CASE(another_shape_is_refused) {
  expect<GraphError>(
      [] {
        Graph g;
        const Tensor values = g.input("values", {batch});
        (void)masked_mean(values, g.input("mask", {batch, 1}));
      },
      {"the mask does not have the shape", "f32[batch] and f32[batch,1]"});
}

BOOST_AUTO_TEST_SUITE_END()
