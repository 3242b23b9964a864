#include <array>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

namespace fg = foregraph;

namespace {

/// An op without a gradient rule.
inline constexpr fg::OpDef opaque_op{
    .name = "opaque", .infer = [](std::span<const fg::Operand> in, const fg::Attributes&) {
      return fg::Inferred{in[0].shape, in[0].dtype};
    }};
constexpr fg::Tensor opaque(fg::Tensor x, fg::Location at = fg::Location::current()) {
  return x.graph->append(opaque_op, {x}, {}, at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gradient)

BOOST_AUTO_TEST_CASE(gradients_have_the_shape_and_dtype_of_what_they_are_by) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4}, fg::f64);
  const auto w = g.parameter("w", {4, 3}, {}, fg::f64);
  const auto b = g.parameter("b", {3}, {}, fg::f64);
  const auto scale = g.parameter("scale", {}, {}, fg::f64);
  const std::array wrt{x, w, b, scale};
  const auto loss = fg::mean(fg::tanh(fg::matmul(x, w) + b) * scale);
  const int before = g.size();
  const auto by = fg::gradient(g, loss, wrt);
  BOOST_TEST_REQUIRE(by.size() == wrt.size());
  for (std::size_t i = 0; i < by.size(); ++i) {
    BOOST_TEST((by[i].shape() == wrt[i].shape()));
    BOOST_TEST((by[i].dtype() == fg::f64));
  }
  for (fg::NodeId id = before; id < g.size(); ++id)
    BOOST_TEST((g.node(id).phase == fg::Phase::backward));
  BOOST_TEST((g.phase == fg::Phase::forward));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_gradient_is_an_ordinary_graph) {
  constexpr auto third_derivative_builds = [] {
    fg::Graph g;
    const auto x = g.parameter("x", {5});
    fg::Tensor y = fg::sum(fg::tanh(x) * fg::exp(x));
    for (int order = 0; order < 3; ++order) {
      const auto by = fg::gradient(g, y, std::array{x});
      if (by.size() != 1 || by[0].shape() != x.shape()) return false;
      y = fg::sum(by[0]);
    }
    g.loss = y.id;
    const fg::Graph clean = fg::optimize(g);
    return !g.first_fault && fg::validate(clean, fg::plan_memory(clean, 1)).ok();
  };
  HOLDS_IN_BOTH_MOMENTS(third_derivative_builds());
}

BOOST_AUTO_TEST_CASE(independent_parameters_get_zeros) {
  fg::Graph g;
  const auto x = g.parameter("x", {5});
  const auto early = g.parameter("early", {2, 3});
  const auto loss = fg::sum(x);
  const auto late = g.parameter("late", {7});
  const auto by = fg::gradient(g, loss, std::array{early, x, late});
  BOOST_TEST_REQUIRE(by.size() == 3U);
  BOOST_TEST(fg::elementwise::is_constant(by[0], 0));
  BOOST_TEST((by[0].shape() == early.shape()));
  BOOST_TEST(!fg::elementwise::is_constant(by[1], 0));
  BOOST_TEST(fg::elementwise::is_constant(by[2], 0));
  BOOST_TEST((by[2].shape() == late.shape()));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_loss_by_itself_is_1) {
  fg::Graph g;
  const auto loss = fg::sum(g.parameter("x", {5}));
  const auto by = fg::gradient(g, loss, std::array{loss});
  BOOST_TEST(fg::elementwise::is_constant(by.at(0), 1));
}

BOOST_AUTO_TEST_CASE(every_use_of_a_tensor_adds_to_its_gradient) {
  fg::Graph g;
  const auto x = g.parameter("x", {});
  const auto loss = x + x + x;
  const auto by = fg::gradient(g, loss, std::array{x});
  // ((1 + 1) + 1): an addition for each use after the first
  BOOST_TEST((g.node(by.at(0).id).op == &fg::add_op));
  int adds = 0;
  for (fg::NodeId id = loss.id + 1; id < g.size(); ++id)
    adds += g.node(id).op == &fg::add_op ? 1 : 0;
  BOOST_TEST(adds == 2);
}

BOOST_AUTO_TEST_CASE(gradient_nodes_point_at_the_users_line) {
  fg::Graph g;
  const auto x = g.parameter("x", {5});
  const int line = __LINE__ + 1;
  const auto y = fg::tanh(x);
  const auto by = fg::gradient(g, fg::sum(y), std::array{x});
  BOOST_TEST(g.node(by.at(0).id).at.line == line);
}

BOOST_AUTO_TEST_CASE(an_op_without_a_gradient_is_named_if_a_parameter_is_behind_it) {
  fg::Graph g;
  const auto x = g.parameter("x", {5});
  const int line = __LINE__ + 1;
  const auto loss = fg::sum(opaque(x));
  BOOST_CHECK_EXCEPTION((void)fg::gradient(g, loss, std::array{x}), fg::GraphError,
                        says("[opaque] the loss depends on a parameter through this op: f32[5]; "
                             "expected an op with a gradient",
                             ":" + std::to_string(line) + ")"));
}

BOOST_AUTO_TEST_CASE(an_op_without_a_gradient_may_stand_where_no_parameter_is_behind_it) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch});
  const auto w = g.parameter("w", {});
  const auto loss = fg::sum(opaque(x) * w);
  BOOST_TEST(fg::gradient(g, loss, std::array{w}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_floating_scalar_is_refused) {
  fg::Graph g;
  const auto x = g.parameter("x", {5});
  const auto n = g.input("n", {fg::batch}, fg::i32);
  BOOST_CHECK_EXCEPTION((void)fg::gradient(g, fg::tanh(x), std::array{x}), fg::GraphError,
                        says("[tanh] the loss is not a scalar of a floating dtype: f32[5]; "
                             "expected a scalar, such as the result of sum() or mean()"));
  BOOST_CHECK_EXCEPTION((void)fg::gradient(g, fg::sum(n), std::array{x}), fg::GraphError,
                        says("[sum] the loss is not a scalar of a floating dtype: i32[]"));
}

BOOST_AUTO_TEST_CASE(tensors_of_another_graph_are_refused) {
  fg::Graph g;
  fg::Graph other;
  const auto x = g.parameter("x", {5});
  const auto loss = fg::sum(x);
  BOOST_CHECK_EXCEPTION((void)fg::gradient(g, loss, std::array{other.parameter("x", {5})}),
                        fg::GraphError, says("an operand belongs to another graph"));
  BOOST_CHECK_EXCEPTION((void)fg::gradient(g, loss, std::array{fg::Tensor{}}), fg::GraphError,
                        says("an operand belongs to another graph"));
  BOOST_CHECK_EXCEPTION((void)fg::gradient(g, {}, std::array{x}), fg::GraphError,
                        says("an operand belongs to another graph"));
}

/// The zeros of one are appended when the nodes move, for some number of nodes before; a stale
/// shape is for the address sanitizer to find.
BOOST_AUTO_TEST_CASE(a_tensor_that_is_not_reached_has_zeros_of_its_shape) {
  for (int nodes_before = 0; nodes_before < 140; ++nodes_before) {
    fg::Graph g;
    const auto x = g.parameter("x", {5});
    const auto unreached = g.parameter("unreached", {2, 3, 7});
    for (int i = 0; i < nodes_before; ++i) (void)g.constant(i);
    const auto gradients = fg::gradient(g, fg::sum(x), std::array{x, unreached});
    BOOST_REQUIRE(gradients.size() == 2U);
    BOOST_REQUIRE((gradients[1].shape() == fg::Shape{2, 3, 7}));
  }
}

BOOST_AUTO_TEST_SUITE_END()
