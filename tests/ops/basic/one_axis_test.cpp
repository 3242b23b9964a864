// Along which axis an op works is said from the front or from the back.
#include <boost/test/unit_test.hpp>
#include <string>

#include <foregraph/detail/ops/activation/log_softmax.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <foregraph/detail/ops/basic/one_axis.hpp>
#include <foregraph/detail/ops/reduction/argmax.hpp>
#include <foregraph/detail/ops/reduction/cumsum.hpp>
#include <foregraph/detail/ops/reduction/top_k.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace one_axis_cases {

struct Op {
  std::string name;
  Tensor (*along)(Tensor x, int axis);
};
const Op ops[]{
    {"softmax", [](Tensor x, int axis) { return softmax(x, axis); }},
    {"log_softmax", [](Tensor x, int axis) { return log_softmax(x, axis); }},
    {"cumsum", [](Tensor x, int axis) { return cumsum(x, axis); }},
    {"argmax", [](Tensor x, int axis) { return argmax(x, axis); }},
    {"argmin", [](Tensor x, int axis) { return argmin(x, axis); }},
    {"top_k_indices", [](Tensor x, int axis) { return top_k(x, 2, axis).values; }},
    {"take_along_axis", [](Tensor x, int axis) { return take_along_axis(x, cast(x, i64), axis); }},
};

}  // namespace one_axis_cases

BOOST_AUTO_TEST_SUITE(one_axis_ops)

static_assert(one_axis::from_front(0, 3) == 0 && one_axis::from_front(2, 3) == 2);
static_assert(one_axis::from_front(-1, 3) == 2 && one_axis::from_front(-3, 3) == 0);
static_assert(one_axis::from_front(3, 3) == -1 && one_axis::from_front(-4, 3) == -1);
static_assert(one_axis::from_front(0, 0) == -1 && one_axis::from_front(-1, 0) == -1);

BOOST_AUTO_TEST_CASE(from_the_back_is_the_same_op) {
  for (const one_axis_cases::Op& op : one_axis_cases::ops)
    for (int axis = 0; axis < 3; ++axis) BOOST_TEST_CONTEXT(op.name << ", axis " << axis) {
        Graph g;
        const Tensor x = g.input("x", {4, 2, 3});
        const Tensor front = op.along(x, axis);
        const Tensor back = op.along(x, axis - 3);
        BOOST_TEST((front.shape() == back.shape()));
        BOOST_TEST(g.node(front.id).op == g.node(back.id).op);
        BOOST_TEST((g.node(front.id).attributes == g.node(back.id).attributes));
      }
}

BOOST_AUTO_TEST_CASE(an_axis_that_is_not_there_is_refused_by_the_op) {
  for (const one_axis_cases::Op& op : one_axis_cases::ops)
    for (const int axis : {3, -4, 1'000'000, -1'000'000})
      check_contains(graph_error([&](Graph& g) {
                       (void)op.along(g.input("x", {4, 2, 3}), axis);
                     }),
                     "[" + op.name + "] an axis is out of range: f32[4,2,3]");
}

BOOST_AUTO_TEST_SUITE_END()
