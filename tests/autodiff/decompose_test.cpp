#include <boost/test/unit_test.hpp>
#include <foregraph/detail/kernels/user_kernel.hpp>
#include <foregraph/plan.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

// An op without a gradient rule, but with an equal expression: x^2 * y + x.
namespace {

struct MixKernel {
  template <class V>
  static V apply(V x, V y) {
    return x * x * y + x;
  }
};

constexpr Tensor mix_expression(Tensor x, Tensor y, Location at) {
  const Tensor square = multiply(x, x, at);
  const Tensor product = multiply(square, y, at);
  return add(product, x, at);
}

constexpr OpDef mix_op{.name = "mix",
                       .kind = OpKind::elementwise,
                       .arity = 2,
                       .infer = elementwise::same_floating,
                       .decompose =
                           [](Tensor t) {
                             Graph& g = *t.graph;
                             const auto in = g.inputs_of(t.id);
                             const Tensor x = g.tensor(in[0]);
                             const Tensor y = g.tensor(in[1]);
                             return mix_expression(x, y, g.node(t.id).at);
                           },
                       .kernels = &user_kernels<MixKernel>};

constexpr Tensor mix(Tensor x, Tensor y) {
  return elementwise::apply(mix_op, {x, y}, Location::current());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decompose)

BOOST_AUTO_TEST_CASE(derivatives_of_any_order_come_from_the_expression) {
  check_gradient([](Graph&, const auto& x) { return mix(x[0], x[1]); },
                 {random_input({batch, 3}, 1), random_input({batch, 3}, 2)});
}

BOOST_AUTO_TEST_CASE(one_tensor_as_both_operands) {
  check_gradient([](Graph&, const auto& x) { return mix(x[0], x[0]); },
                 {random_input({batch, 3}, 3)});
}

BOOST_AUTO_TEST_CASE(operands_that_depend_on_each_other) {
  // y is made from x: what flows to x through y must be counted once, not twice.
  check_gradient(
      [](Graph&, const auto& x) {
        const Tensor y = tanh(x[0]);
        const Tensor z = mix(y, y * x[1]);
        return mix(x[0], z);
      },
      {random_input({batch, 2}, 4), random_input({2}, 5)});
}

BOOST_AUTO_TEST_CASE(the_expression_is_dropped_if_only_its_gradient_is_needed) {
  Graph g;
  const Tensor x = g.input("x", {batch, 3});
  const Tensor y = g.input("y", {batch, 3});
  g.outputs = {gradient(g, sum(mix(x, y)), {y})[0].id};
  const Graph optimized = optimize(g);
  for (NodeId id = 0; id < optimized.size(); ++id) BOOST_TEST(optimized.node(id).op->name != "mix");
}

BOOST_AUTO_TEST_SUITE_END()
