#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/math/add.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(broadcast_op)

BOOST_AUTO_TEST_CASE(every_pattern) {
  // scalar, row, column, middle axis; materialised because they are outputs
  struct Case {
    Shape from;
    Shape to;
  };
  const Case cases[] = {{{}, {2, 3}},           {{3}, {2, 3}},
                        {{2, 1}, {2, 3}},       {{2, 1, 3}, {2, 4, 3}},
                        {{1, 4, 1}, {2, 4, 3}}, {{batch, 1}, {batch, 40}},
                        {{40}, {batch, 40}},    {{2, 1, 40, 1}, {2, 30, 40, 5}}};
  for (const Case& c : cases) {
    const Input x = random_input(c.from, 1);
    const std::vector<double> result =
        evaluate([&](Graph&, const auto& in) { return broadcast_to(in[0], c.to); }, {x});
    const std::vector<double> fused =
        evaluate([&](Graph&, const auto& in) { return broadcast_to(in[0], c.to) + in[1]; },
                 {x, {c.to, std::vector<double>(result.size(), 1)}});
    for (std::size_t i = 0; i < result.size(); ++i) {
      std::size_t rest = i;
      std::size_t at = 0;
      std::size_t stride = 1;
      for (int k = 1; k <= c.to.rank; ++k) {
        const auto size = static_cast<std::size_t>(c.to[-k].at(3));
        if (k <= c.from.rank && !c.from[-k].is_one()) {
          at += rest % size * stride;
          stride *= size;
        }
        rest /= size;
      }
      BOOST_TEST(result[i] == x.values[at]);
      BOOST_TEST(fused[i] == x.values[at] + 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(
      [](Graph&, const auto& x) {
        return broadcast_to(x[0], {batch, 4}) * x[1];
      },
      {random_input({4}, 1), random_input({batch, 4}, 2)});
  check_gradient(
      [](Graph&, const auto& x) {
        return broadcast_to(x[0], {2, batch, 3}) * x[1];
      },
      {random_input({2, 1, 3}, 3), random_input({2, batch, 3}, 4)});
}

BOOST_AUTO_TEST_CASE(truth_values) {
  const std::vector<double> result = evaluate(
      [](Graph&, const auto& x) {
        return broadcast_to(x[0], {batch, 2});
      },
      {{{2}, {1, 0}, boolean}});
  const std::vector<double> expected{1, 0, 1, 0, 1, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_wrong_shape_is_refused) {
  check_contains(graph_error([](Graph& g) { (void)broadcast_to(g.input("x", {3}), {4}); }),
                 "do not broadcast");
}

BOOST_AUTO_TEST_SUITE_END()
