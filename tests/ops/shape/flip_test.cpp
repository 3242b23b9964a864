#include <boost/test/unit_test.hpp>
#include <foregraph/detail/graph/passes/simplify.hpp>
#include <foregraph/detail/ops/shape/flip.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(flip_op_suite)

BOOST_AUTO_TEST_CASE(every_axis_and_dtype) {
  for (const DType dtype : {f32, f64, i32, i64, boolean})
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::size_t sizes[3] = {3, 4, 17};
      Input x{{batch, 4, 17}, {}, dtype};
      for (int i = 0; i < 3 * 4 * 17; ++i) x.values.push_back(dtype == boolean ? i % 5 == 0 : i);
      const std::vector<double> result = evaluate(
          [&](Graph&, const auto& in) { return flip(in[0], static_cast<int>(axis) - 3); }, {x});
      for (std::size_t i = 0; i < result.size(); ++i) {
        std::size_t at[3] = {i / (4 * 17), i / 17 % 4, i % 17};
        at[axis] = sizes[axis] - 1 - at[axis];
        BOOST_TEST(result[i] == x.values[(at[0] * 4 + at[1]) * 17 + at[2]]);
      }
    }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return flip(x[0], 0) * x[0] * flip(x[0], 1); },
                 {random_input({batch, 3}, 1)});
}

BOOST_AUTO_TEST_CASE(twice_is_nothing) {
  Graph g;
  const Tensor x = g.input("x", {batch, 3});
  g.outputs.push_back(flip(flip(x, 1), -1).id);
  g.outputs.push_back(flip(flip(x, 1), 0).id);
  const Graph simple = passes::simplify(g);
  BOOST_TEST(simple.outputs[0] == simple.inputs[0]);
  BOOST_TEST(simple.node(simple.outputs[1]).op->name == "flip");
}

BOOST_AUTO_TEST_CASE(wrong_axes_are_refused) {
  for (const int axis : {-3, 2})
    check_contains(graph_error([&](Graph& g) {
                     (void)flip(g.input("x", {batch, 3}), axis);
                   }),
                   "[flip] an axis is out of range: f32[batch,3]");
}

BOOST_AUTO_TEST_SUITE_END()
