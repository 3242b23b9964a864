#include <boost/test/unit_test.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/ops/basic/stop_gradient.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(stop_gradient_op)

BOOST_AUTO_TEST_CASE(the_value_passes_and_the_gradient_does_not) {
  // d/dx (x * stop(x)) is stop(x), not 2 x.
  const Inputs at{{{3}, {-1, 0.5, 2}, f64}};
  const std::vector<double> slope = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor y = sum(x[0] * stop_gradient(x[0]));
        return gradient(g, y, {x[0]})[0];
      },
      at);
  BOOST_TEST(slope == at[0].values, boost::test_tools::per_element());
  const std::vector<double> value =
      evaluate([](Graph&, const auto& x) { return stop_gradient(x[0]); }, at);
  BOOST_TEST(value == at[0].values, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_loss_may_be_cut_off_from_a_parameter_altogether) {
  const std::vector<double> slope = evaluate(
      [](Graph& g, const auto& x) { return gradient(g, sum(stop_gradient(x[0])), {x[0]})[0]; },
      {random_input({4}, 1)});
  for (const double each : slope) BOOST_TEST(each == 0);
}

BOOST_AUTO_TEST_CASE(it_is_gone_once_the_gradient_has_been_taken) {
  Graph g;
  g.outputs = {stop_gradient(g.input("x", {batch, 3})).id};
  for (const Graph optimized = optimize(g); const NodeId id : optimized.outputs)
    BOOST_TEST((optimized.node(id).op->kind == OpKind::input));
}

BOOST_AUTO_TEST_SUITE_END()
