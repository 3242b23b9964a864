#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/plan.hpp>
#include <string>
#include <utility>

#include "graph/checks.hpp"

namespace fg = foregraph;

BOOST_AUTO_TEST_SUITE(graph)

BOOST_AUTO_TEST_CASE(nodes_are_in_topological_order_with_the_users_line) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const int line = __LINE__ + 1;
  const auto y = fg::relu(fg::nn::dense(x, 3, "hidden"));
  BOOST_TEST((y.shape() == fg::Shape{fg::batch, 3}));
  for (fg::NodeId id = 0; id < g.size(); ++id) {
    for (const fg::NodeId input : g.inputs_of(id)) BOOST_TEST(input < id);
    if (id > x.id) BOOST_TEST(g.node(id).at.line == line);
    BOOST_TEST(std::string(g.node(id).at.file) == __FILE__);
  }
}

BOOST_AUTO_TEST_CASE(operators_keep_the_users_line) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch});
  const int line = __LINE__ + 1;
  const auto y = -(2.0 * x + 1.0) / x;
  BOOST_TEST(g.node(y.id).at.line == line);
  BOOST_TEST(g.node(g.inputs_of(y.id)[0]).at.line == line);
}

BOOST_AUTO_TEST_CASE(a_name_cannot_be_used_twice_in_one_scope) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto h = fg::nn::dense(x, 4, "hidden");
  const int line = __LINE__ + 1;
  const auto wrong = [&] { (void)fg::nn::dense(h, 4, "hidden"); };
  BOOST_CHECK_EXCEPTION(
      wrong(), fg::GraphError,
      says("[variable] the name is used twice: f32[4,4]; expected a different name or scope (",
           ":" + std::to_string(line) + ")"));
  BOOST_CHECK_EXCEPTION(g.input("x", {fg::batch}), fg::GraphError,
                        says("[input] the name is used twice: f32[batch]"));
  BOOST_CHECK_NO_THROW((void)g.parameter("hidden", {}));  // scopes and names are apart
}

BOOST_AUTO_TEST_CASE(scopes_nest_end_and_separate_names) {
  fg::Graph g;
  const auto plain = g.parameter("w", {1});
  fg::Tensor inner;
  fg::Tensor outer;
  {
    const auto encoder = g.scope("encoder");
    outer = g.parameter("w", {1});
    const auto hidden = g.scope("hidden");
    inner = g.parameter("w", {1});
  }
  const auto after = g.parameter("v", {1});
  BOOST_TEST(fg::full_name(g, plain.id) == "w");
  BOOST_TEST(fg::full_name(g, outer.id) == "encoder/w");
  BOOST_TEST(fg::full_name(g, inner.id) == "encoder/hidden/w");
  BOOST_TEST(fg::full_name(g, after.id) == "v");

  const auto again = g.scope("encoder");  // entered twice, it is the same scope
  BOOST_CHECK_EXCEPTION(g.parameter("w", {1}), fg::GraphError, says("the name is used twice"));
}

BOOST_AUTO_TEST_CASE(a_scope_ends_when_an_exception_leaves_it) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4, 4});
  BOOST_CHECK_THROW((void)fg::nn::dense(x, 3, "hidden"), fg::GraphError);
  BOOST_TEST(fg::full_name(g, g.parameter("w", {1}).id) == "w");
}

BOOST_AUTO_TEST_CASE(full_names_say_whose_state_it_is_and_number_the_rest) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto loss = fg::mean(fg::nn::dense(x, 3, "hidden"));
  const fg::Graph step = fg::training_graph(g, {loss, {}}, fg::optim::adam());
  std::vector<std::string> names;
  for (const fg::Variable& v : step.variables) names.push_back(fg::full_name(step, v.node));
  const std::vector<std::string> expected{"hidden/weight",    "hidden/bias",     "adam/beta1_power",
                                          "adam/beta2_power", "hidden/weight.m", "hidden/weight.v",
                                          "hidden/bias.m",    "hidden/bias.v"};
  BOOST_CHECK_EQUAL_COLLECTIONS(names.begin(), names.end(), expected.begin(), expected.end());
  BOOST_TEST(fg::full_name(g, loss.id) == '%' + std::to_string(loss.id) + " divide");
  const auto scope = g.scope("data");
  BOOST_TEST(fg::full_name(g, g.input("y", {fg::batch}).id) == "y");
}

BOOST_AUTO_TEST_CASE(a_clone_has_the_same_ids_and_leaves_the_original_alone) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto y = fg::relu(x);
  fg::Graph copy = g.clone();
  BOOST_TEST(copy.size() == g.size());
  const auto z = fg::tanh(copy.tensor(y.id));
  BOOST_TEST(copy.size() == g.size() + 1);
  BOOST_TEST(copy.inputs_of(z.id)[0] == y.id);
  const fg::Graph moved = std::move(copy);
  BOOST_TEST(moved.node(z.id).op == &fg::tanh_op);
}

BOOST_AUTO_TEST_CASE(ops_may_have_more_operands_than_fit_on_the_stack) {
  static constexpr fg::OpDef concatenated{
      .name = "many",
      .arity = -1,
      .infer = [](std::span<const fg::Operand> in, const fg::Attributes&) {
        return fg::Inferred{{static_cast<std::int64_t>(in.size())}, in.back().dtype};
      }};
  constexpr auto rank = [] {
    fg::Graph g;
    std::vector<fg::Tensor> operands(20, g.input("x", {fg::batch}));
    operands.back() = g.input("y", {fg::batch}, fg::i64);
    const fg::Tensor t = g.append(concatenated, operands, {}, {});
    return t.dtype() == fg::i64 ? t.shape()[0].constant : -1;
  };
  HOLDS_IN_BOTH_MOMENTS(rank() == 20);
}

BOOST_AUTO_TEST_CASE(models_without_a_loss_or_parameters_are_refused) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  BOOST_CHECK_EXCEPTION(
      (void)fg::training_graph(g, {fg::mean(x), {}}, fg::optim::sgd()), fg::GraphError,
      says("[divide] the loss depends on no parameter; expected a model with at least one"));
  const auto y = fg::nn::dense(x, 3, "out");
  BOOST_CHECK_EXCEPTION(
      (void)fg::training_graph(g, {{}, {y}}, fg::optim::sgd()), fg::GraphError,
      says("[model] the model function returned no loss; expected Model{.loss ="));
}

BOOST_AUTO_TEST_CASE(outputs_alone_make_an_evaluation_graph) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4});
  const auto y = fg::nn::dense(x, 3, "out");
  const fg::Graph forward = fg::evaluation_graph(g, {{}, {y}});
  BOOST_TEST(forward.loss == fg::no_node);
  BOOST_TEST(forward.outputs.size() == 1U);
  BOOST_TEST((forward.node(forward.outputs[0]).shape == fg::Shape{fg::batch, 3}));
}

BOOST_AUTO_TEST_SUITE_END()
