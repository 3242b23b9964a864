#include <boost/test/unit_test.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/nn/losses/mean_squared_error.hpp>
#include <foregraph/detail/ops/activation/tanh.hpp>
#include <foregraph/detail/ops/basic/when_training.hpp>
#include <foregraph/detail/ops/control/training_step.hpp>
#include <foregraph/detail/optim/sgd.hpp>
#include <foregraph/detail/train/trainer.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace when_training_cases {
/// Predicts w in training and -w in evaluation; `seen` follows w, one step behind.
constexpr auto two_faced = [](Graph& g) {
  const Tensor y = g.input("y", {batch});
  const Tensor w = g.parameter("w", {}, filled_with(1));
  const Tensor seen = g.state("seen", {});
  const Phase before = g.phase;
  g.phase = Phase::update;
  update(g, g.variable_index(seen.id), w * 1.0 + 0.0);
  g.phase = before;
  (void)training_step(g);
  const Tensor scalar = when_training(w, w * -1.0);
  const Tensor prediction = broadcast_to(scalar, {batch});
  return Model{.loss = nn::mean_squared_error(prediction, y), .outputs = {prediction}};
};
data::Dataset zeros_of(std::int64_t count) {
  return data::Dataset().add("y", {}, std::vector<float>(static_cast<std::size_t>(count), 3.0F));
}
}  // namespace when_training_cases

BOOST_AUTO_TEST_SUITE(when_training_op)

BOOST_AUTO_TEST_CASE(each_mode_has_its_own_value_and_only_training_updates_state) {
  using namespace when_training_cases;
  Graph g;
  const Model model = two_faced(g);
  Trainer trainer{g, model, optim::sgd(0.25)};
  const data::Pipeline data = data::from(zeros_of(8)).batch(8);
  const auto w = [&] { return trainer.variable<float>("w")[0]; };
  (void)trainer.fit(data, {.epochs = 1});
  BOOST_TEST(w() == 2.0F);  // 1 - 0.25 * 2 * (1 - 3)
  BOOST_TEST(trainer.variable<float>("seen")[0] == 1.0F);
  BOOST_TEST(trainer.variable<std::int64_t>("training_step")[0] == 1);
  const std::vector<float> predicted = trainer.predict(data);
  BOOST_TEST(predicted[0] == -2.0F);
  BOOST_TEST(trainer.evaluate(data).loss == 25.0);
  BOOST_TEST(trainer.variable<float>("seen")[0] == 1.0F);
  BOOST_TEST(trainer.variable<std::int64_t>("training_step")[0] == 1);
  (void)trainer.fit(data, {.epochs = 2});
  BOOST_TEST(trainer.variable<std::int64_t>("training_step")[0] == 3);
}

BOOST_AUTO_TEST_CASE(what_the_other_mode_needs_costs_nothing) {
  using namespace when_training_cases;
  Graph g;
  const Model model = two_faced(g);
  const Graph evaluation = evaluation_graph(g, model);
  BOOST_TEST(evaluation.updates.empty());
  for (NodeId id = 0; id < evaluation.size(); ++id)
    BOOST_TEST((evaluation.node(id).op->kind != OpKind::mode));
}

BOOST_AUTO_TEST_CASE(state_is_updated_after_the_loss) {
  // An error in the data, found on the way to the loss, must leave all variables as they were.
  using namespace when_training_cases;
  const Step planned = compile(two_faced, optim::sgd(), 4);
  const Graph& g = planned.graph;
  const auto position_of = [&](NodeId id) {
    const std::int32_t task =
        planned.plan.tasks.task_of[static_cast<std::size_t>(planning::storage_root(g, id))];
    for (std::size_t p = 0; p < planned.plan.order.tasks.size(); ++p)
      if (planned.plan.order.tasks[p] == task) return static_cast<int>(p);
    return -1;
  };
  BOOST_REQUIRE_EQUAL(g.updates.size(), 3U);
  for (const Update& u : g.updates) BOOST_TEST(position_of(u.value) > position_of(g.loss));
}

BOOST_AUTO_TEST_CASE(operands_must_be_alike) {
  check_contains(
      graph_error([](Graph& g) { (void)when_training(g.input("a", {3}), g.input("b", {4})); }),
      "[when_training] shapes differ: f32[3] and f32[4]");
  check_contains(
      graph_error([](Graph& g) { (void)when_training(g.input("a", {3}), g.input("b", {3}, i32)); }),
      "[when_training] dtypes differ");
}

BOOST_AUTO_TEST_CASE(the_gradient_keeps_to_the_mode) {
  check_gradient([](Graph&, const auto& x) { return when_training(x[0] * x[1], tanh(x[0])); },
                 {random_input({batch, 2}, 1), random_input({batch, 2}, 2)});
}

BOOST_AUTO_TEST_SUITE_END()
