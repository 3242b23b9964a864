// Weights alone, without the state of an optimizer.
#include "train/resuming.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace load_weights_test {

Model normalised_layers(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor h = dropout(nn::batch_norm(nn::dense(x, 8, "hidden"), "norm"), 0.25);
  const Tensor logits = nn::dense(h, 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}
Model another_width(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(nn::dense(x, 9, "hidden"), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

template <class Optimizer>
Trainer<> trainer_of(Model (*model)(Graph&), const Optimizer& optimizer) {
  Graph g;
  const Model m = model(g);
  return Trainer{g, m, optimizer};
}

std::vector<float> values(TrainerBase& trainer, const char* name) {
  const auto span = trainer.variable<float>(name);
  return {span.begin(), span.end()};
}

}  // namespace load_weights_test

BOOST_AUTO_TEST_SUITE(weights)

using namespace load_weights_test;

BOOST_AUTO_TEST_CASE(of_a_checkpoint_of_another_optimizer_are_loaded) {
  const Folder folder;
  const auto file = folder / "model.safetensors";
  const data::Pipeline data = data::from(many_classes(60, 4, 3)).batch(20);
  Trainer<> trained = trainer_of(normalised_layers, optim::adam(0.05));
  trained.fit(data, {.epochs = 2, .progress = false, .preflight = false});
  trained.save(file);

  Trainer<> fresh = trainer_of(normalised_layers, optim::sgd_momentum(0.1));
  const std::vector<float> momentum = values(fresh, "hidden/weight.v");
  BOOST_TEST((values(fresh, "logits/bias") != values(trained, "logits/bias")));
  load_weights(fresh, file);
  for (const char* name :
       {"hidden/weight", "logits/bias", "norm/gamma", "norm/running_mean", "norm/running_variance"})
    BOOST_TEST(values(fresh, name) == values(trained, name), boost::test_tools::per_element());
  BOOST_TEST((values(fresh, "hidden/weight.v") == momentum));
  // Dropout's masks begin anew.
  BOOST_TEST(fresh.variable<std::int64_t>("training_step")[0] == 0);
  BOOST_TEST(trained.variable<std::int64_t>("training_step")[0] == 6);
}

BOOST_AUTO_TEST_CASE(that_do_not_belong_to_the_model_are_listed_and_nothing_changes) {
  const Folder folder;
  const auto file = folder / "wider.safetensors";
  trainer_of(another_width, optim::sgd(0.1)).save(file);
  Trainer<> trainer = trainer_of(normalised_layers, optim::adam());
  const std::vector<float> before = values(trainer, "logits/bias");
  expect<DataError>([&] { load_weights(trainer, file); },
                    {"wider.safetensors", "4 are missing ('norm/gamma' F32[8]",
                     "'hidden/weight' F32[4,9], the model has F32[4,8]"});
  BOOST_TEST((values(trainer, "logits/bias") == before));
  expect<FileError>([&] { load_weights(trainer, folder / "none"); }, {"none"});
}

BOOST_AUTO_TEST_SUITE_END()
