#include <boost/test/unit_test.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

namespace fg = foregraph;

namespace {

/// The one output of the graph that `build` makes of x : f32[batch,4,3], after simplification.
template <class Build>
constexpr fg::Graph simplified(const Build& build) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  g.outputs.push_back(build(g, x).id);
  return fg::passes::remove_dead_nodes(fg::passes::simplify(g));
}
template <class Build>
constexpr bool leaves_only_the_input(const Build& build) {
  const fg::Graph g = simplified(build);
  return g.size() == 1 && g.outputs[0] == g.inputs[0];
}
constexpr int count(const fg::Graph& g, const fg::OpDef& op) {
  int found = 0;
  for (fg::NodeId id = 0; id < g.size(); ++id) found += g.node(id).op == &op ? 1 : 0;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(passes)

BOOST_AUTO_TEST_CASE(identities_disappear) {
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) { return x * 1.0; }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) { return 1.0 * x; }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) { return x / 1.0; }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) { return x + 0.0; }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) { return 0.0 + x; }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) { return x - 0.0; }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) { return -(-x); }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input(
      [](fg::Graph&, fg::Tensor x) { return fg::transpose(fg::transpose(x)); }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) {
    return fg::broadcast_to(x, {fg::batch, 4});
  }));
  HOLDS_IN_BOTH_MOMENTS(leaves_only_the_input([](fg::Graph&, fg::Tensor x) {
    return fg::reshape(fg::reshape(x, {4, fg::batch}), {fg::batch, 4});
  }));
}

BOOST_AUTO_TEST_CASE(identities_inside_identities_disappear) {
  HOLDS_IN_BOTH_MOMENTS(
      leaves_only_the_input([](fg::Graph&, fg::Tensor x) { return -((-(x + 0.0)) * 1.0) - 0.0; }));
}

BOOST_AUTO_TEST_CASE(what_is_no_identity_stays) {
  const auto size = [](auto build) { return simplified(build).size(); };
  BOOST_TEST(size([](fg::Graph&, fg::Tensor x) { return 0.0 - x; }) > 1);
  BOOST_TEST(size([](fg::Graph&, fg::Tensor x) { return 1.0 / x; }) > 1);
  BOOST_TEST(size([](fg::Graph&, fg::Tensor x) { return x * 2.0; }) > 1);
  BOOST_TEST(size([](fg::Graph&, fg::Tensor x) { return -x; }) > 1);
  BOOST_TEST(size([](fg::Graph& g, fg::Tensor x) { return x * g.setting("one", 1); }) > 1);
}

BOOST_AUTO_TEST_CASE(an_identity_that_broadcasts_keeps_its_shape) {
  const fg::Graph g = simplified([](fg::Graph& graph, fg::Tensor) {
    const auto row = graph.parameter("row", {4});
    return row * fg::broadcast_to(graph.constant(1), {fg::batch, 4});
  });
  BOOST_TEST((g.node(g.outputs[0]).shape == fg::Shape{fg::batch, 4}));
  BOOST_TEST(count(g, fg::multiply_op) == 0);
}

BOOST_AUTO_TEST_CASE(reshapes_of_reshapes_become_one) {
  const fg::Graph g = simplified([](fg::Graph&, fg::Tensor x) {
    return fg::reshape(fg::reshape(fg::reshape(x, {4, fg::batch}), {fg::batch, 2, 2}),
                       {2, fg::batch, 2});
  });
  BOOST_TEST(g.size() == 2);
  BOOST_TEST(g.inputs_of(g.outputs[0])[0] == g.inputs[0]);
}

BOOST_AUTO_TEST_CASE(a_sum_over_axes_of_size_1_becomes_a_reshape) {
  const fg::Graph g = simplified([](fg::Graph&, fg::Tensor x) {
    return fg::sum(fg::reshape(x, {fg::batch, 1, 4}), {1});
  });
  BOOST_TEST(g.size() == 1);
}

BOOST_AUTO_TEST_CASE(matmul_takes_over_transposes_of_either_operand) {
  for (const bool flag_a : {false, true})
    for (const bool flag_b : {false, true})
      for (const bool node_a : {false, true})
        for (const bool node_b : {false, true}) {
          fg::Graph g;
          auto a = g.parameter("a", flag_a != node_a ? fg::Shape{5, 3} : fg::Shape{3, 5});
          auto b = g.parameter("b", flag_b != node_b ? fg::Shape{2, 5} : fg::Shape{5, 2});
          const auto ids = std::pair{a.id, b.id};
          if (node_a) a = fg::transpose(a);
          if (node_b) b = fg::transpose(b);
          g.outputs.push_back(fg::matmul(a, b, {flag_a, flag_b}).id);
          const fg::Graph s = fg::passes::remove_dead_nodes(fg::passes::simplify(g));
          BOOST_TEST(s.size() == 3);
          const fg::Node& product = s.node(s.outputs[0]);
          BOOST_TEST((product.op == &fg::matmul_op));
          BOOST_TEST((product.shape == fg::Shape{3, 2}));
          BOOST_TEST(product.attributes.integers[0] == (flag_a != node_a ? 1 : 0));
          BOOST_TEST(product.attributes.integers[1] == (flag_b != node_b ? 1 : 0));
          BOOST_TEST(s.inputs_of(s.outputs[0])[0] == ids.first);
          BOOST_TEST(s.inputs_of(s.outputs[0])[1] == ids.second);
        }
}

BOOST_AUTO_TEST_CASE(equal_nodes_become_one) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto first = fg::relu(x + 0.5);
  const auto second = fg::relu(x + 0.5);
  g.outputs = {first.id, second.id, fg::multiply(first, second).id};
  const fg::Graph merged = fg::passes::merge_common_subexpressions(g);
  BOOST_TEST(count(merged, fg::relu_op) == 1);
  BOOST_TEST(count(merged, fg::add_op) == 1);
  BOOST_TEST(merged.outputs[0] == merged.outputs[1]);
  const auto factors = merged.inputs_of(merged.outputs[2]);
  BOOST_TEST(factors[0] == factors[1]);
}

BOOST_AUTO_TEST_CASE(nodes_that_differ_in_anything_stay_apart) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto y = g.input("y", {fg::batch, 4});
  const auto square = g.parameter("w", {4, 4});
  g.outputs = {fg::matmul(x, square).id,
               fg::matmul(x, square, {false, true}).id,
               fg::sum(x, {0}, fg::KeepDims::yes).id,
               fg::sum(x, {0}).id,
               fg::sum(x, {1}).id,
               fg::subtract(x, y).id,
               fg::subtract(y, x).id,
               fg::reshape(x, {4, fg::batch}).id,
               fg::reshape(x, {fg::batch, 2, 2}).id,
               g.constant(1).id,
               g.constant(1, fg::f64).id,
               g.constant(2).id,
               g.extent({fg::batch}).id,
               g.extent({fg::batch, 2}).id};
  const fg::Graph merged = fg::passes::merge_common_subexpressions(g);
  BOOST_TEST(merged.size() == g.size());
}

BOOST_AUTO_TEST_CASE(leaves_of_the_interface_are_never_merged) {
  fg::Graph g;
  (void)g.input("a", {fg::batch});
  (void)g.input("b", {fg::batch});
  (void)g.parameter("w", {3});
  (void)g.parameter("v", {3});
  (void)g.setting("r", 0.1);
  (void)g.setting("s", 0.1);
  BOOST_TEST(fg::passes::merge_common_subexpressions(g).size() == 6);
}

BOOST_AUTO_TEST_CASE(zeros_of_both_signs_stay_apart) {
  // 1/0 and 1/-0 differ. Whether they meet in the hash table depends on the other nodes.
  for (int others = 0; others < 64; ++others) {
    fg::Graph g;
    for (int i = 0; i < others; ++i) (void)g.constant(i + 1);
    g.outputs = {g.constant(0.0).id, g.constant(-0.0).id};
    const fg::Graph merged = fg::passes::merge_common_subexpressions(g);
    BOOST_TEST(merged.outputs[0] != merged.outputs[1]);
  }
}

BOOST_AUTO_TEST_CASE(dead_nodes_go_and_the_interface_stays) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto unused = g.input("unused", {fg::batch, 4});
  const auto w = g.parameter("w", {4}, fg::uniform(0.5, 3));
  (void)g.setting("rate", 0.1);
  (void)fg::tanh(fg::exp(unused));
  const auto kept = fg::relu(x);
  const auto next = fg::add(w, 1.0);
  g.outputs = {kept.id};
  fg::update(g, 0, next);
  g.loss = fg::mean(x).id;
  const fg::Graph clean = fg::passes::remove_dead_nodes(g);
  BOOST_TEST(count(clean, fg::tanh_op) == 0);
  BOOST_TEST(count(clean, fg::exp_op) == 0);
  BOOST_TEST(clean.inputs.size() == 2U);
  BOOST_TEST(clean.text(clean.node(clean.inputs[1]).name) == "unused");
  BOOST_TEST(clean.settings.size() == 1U);
  BOOST_TEST(clean.variables.size() == 1U);
  BOOST_TEST(clean.variables[0].initializer.scale == 0.5);
  BOOST_TEST((clean.node(clean.outputs[0]).op == &fg::relu_op));
  BOOST_TEST((clean.node(clean.updates[0].value).op == &fg::add_op));
  BOOST_TEST((clean.node(clean.loss).op == &fg::divide_op));
}

BOOST_AUTO_TEST_CASE(the_order_of_use_goes_by_operands_from_left_to_right) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto unused = fg::exp(x);
  const auto right = fg::tanh(x);
  const auto left = fg::relu(x);
  const auto both = left - right;
  g.loss = fg::mean(both).id;
  const auto next = fg::sigmoid(g.state("s", {}));
  fg::update(g, 0, next);
  const fg::Graph ordered = fg::passes::order_of_use(g);
  std::vector<const fg::OpDef*> ops;
  for (fg::NodeId id = 0; id < ordered.size(); ++id) ops.push_back(ordered.node(id).op);
  const std::vector<const fg::OpDef*> expected{
      &fg::leaf::input_op,  &fg::relu_op,   &fg::tanh_op,           &fg::subtract_op, &fg::sum_op,
      &fg::leaf::extent_op, &fg::divide_op, &fg::leaf::variable_op, &fg::sigmoid_op,  &fg::exp_op};
  BOOST_TEST((ops == expected));
  BOOST_TEST((ordered.node(ordered.loss).op == &fg::divide_op));
  BOOST_TEST((ordered.node(ordered.updates[0].value).op == &fg::sigmoid_op));
  BOOST_TEST(fg::full_name(ordered, ordered.variables[0].node) == "s");
  BOOST_TEST((g.node(unused.id).op == &fg::exp_op));
}

BOOST_AUTO_TEST_CASE(the_order_of_use_of_a_deep_graph_needs_no_recursion) {
  fg::Graph g;
  fg::Tensor x = g.input("x", {fg::batch});
  for (int i = 0; i < 200'000; ++i) x = fg::relu(x);
  g.outputs = {x.id};
  const fg::Graph ordered = fg::passes::order_of_use(g);
  BOOST_TEST(ordered.size() == g.size());
  BOOST_TEST(ordered.outputs[0] == x.id);
}

BOOST_AUTO_TEST_CASE(optimising_twice_changes_nothing_more) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto y = g.input("y", {fg::batch, 1});
  const auto p = fg::sigmoid(fg::nn::dense(fg::relu(fg::nn::dense(x, 8, "hidden")), 1, "out"));
  const auto loss = fg::nn::binary_cross_entropy(p, y);
  const fg::Graph once = fg::training_graph(g, {loss, {}}, fg::optim::adam());
  BOOST_TEST(fg::optimize(once).size() == once.size());
  BOOST_TEST(count(once, fg::transpose_op) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
