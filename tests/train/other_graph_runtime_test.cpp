// Trainer and Predictor with a graph and a model that do not belong together.
#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>

#include "graph/checks.hpp"
#include "support/training_data.hpp"

using namespace foregraph;

namespace {

Model relus(Graph& g, int count) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch, 1});
  Tensor h = x;
  for (int i = 0; i < count; ++i) h = relu(h);
  const Tensor p = nn::dense(h, 1, "out");
  return {.loss = nn::mean_squared_error(p, y), .outputs = {p}};
}

struct Owner {
  Graph graph;
  Model model;
};
Owner made_elsewhere() {
  Graph g;
  Model model = relus(g, 2);
  return {std::move(g), std::move(model)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(other_graph_runtime)

BOOST_AUTO_TEST_CASE(they_refuse_a_model_of_another_graph) {
  for (const auto& [mine, others] : {std::pair(0, 400), std::pair(400, 0)}) {
    Graph a;
    Graph b;
    (void)relus(a, mine);
    const Model of_b = relus(b, others);
    const auto refused =
        says("is not a tensor of this graph", "a Model whose tensors belong to this Graph");
    BOOST_CHECK_EXCEPTION((Trainer{a, of_b, optim::sgd()}), GraphError, refused);
    BOOST_CHECK_EXCEPTION((Predictor{a, of_b, "none.safetensors"}), GraphError, refused);
  }
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  const Model without_loss{.outputs = {nn::dense(x, 1, "out")}};
  BOOST_CHECK_EXCEPTION((Predictor{g, without_loss, "none.safetensors"}), GraphError,
                        says("the model function returned no loss"));
}

BOOST_AUTO_TEST_CASE(a_trainer_outlives_and_survives_moves_of_the_graph) {
  std::unique_ptr<Trainer<>> trainer;
  const data::Pipeline data = data::from(test::two_classes(64, 4)).batch(16);
  const FitOptions options{.epochs = 1, .progress = false};
  {
    Owner owner = made_elsewhere();
    Owner moved{std::move(owner.graph), std::move(owner.model)};
    trainer = std::make_unique<Trainer<>>(moved.graph, moved.model, optim::sgd(0.1),
                                          TrainerOptions{.micro_batch = 4});
  }
  const History history = trainer->fit(data, options);  // preflight builds its gradients anew
  BOOST_TEST(std::isfinite(history[0].loss));
  BOOST_TEST(trainer->predict(data).size() == 64U);
}

BOOST_AUTO_TEST_SUITE_END()
