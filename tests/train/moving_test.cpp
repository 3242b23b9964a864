// Trainers and predictors may be moved; what was moved from refuses to be used.
#include <optional>

#include "support/expect.hpp"
#include "support/folder.hpp"
#include "support/training_data.hpp"

#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr auto small_classifier = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(relu(nn::dense(x, 8, "hidden")), 3, "logits");
  return Model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};
using SmallTrainer = Trainer<small_classifier>;

data::Pipeline small_data() {
  return data::from(many_classes(48, 4, 3)).shuffle(5).batch(8);
}
FitOptions quietly(std::int64_t epochs = 2) {
  return {.epochs = epochs, .progress = false, .preflight = false};
}

std::vector<float> predicted_after_fit() {
  SmallTrainer trainer{optim::adam(0.01)};
  trainer.fit(small_data(), quietly(4));
  return trainer.predict(small_data());
}

SmallTrainer trained(std::int64_t epochs) {
  SmallTrainer trainer{optim::adam(0.01)};
  trainer.fit(small_data(), quietly(epochs));
  return SmallTrainer{std::move(trainer)};
}

/// Every use of a trainer that was moved from.
void check_refuses(TrainerBase& moved) {
  const std::initializer_list<const char*> text{"this trainer was moved from"};
  const data::Pipeline data = small_data();
  expect<UsageError>([&] { moved.fit(data); }, text);
  expect<UsageError>([&] { (void)moved.evaluate(data); }, text);
  expect<UsageError>([&] { (void)moved.predict(data); }, text);
  expect<UsageError>([&] { (void)moved.predict_all(data); }, text);
  expect<UsageError>([&] { (void)moved.preflight(data); }, text);
  expect<UsageError>([&] { moved.prepare(8); }, text);
  expect<UsageError>([&] { moved.step(); }, text);
  expect<UsageError>([&] { (void)moved.loss(); }, text);
  expect<UsageError>([&] { (void)moved.input<float>("x"); }, text);
  expect<UsageError>([&] { (void)moved.variable<float>("hidden/weight"); }, text);
  expect<UsageError>([&] { moved.set("learning_rate", 1); }, text);
  expect<UsageError>([&] { (void)moved.plan(); }, text);
  expect<UsageError>([&] { (void)moved.allocated(); }, text);
  expect<UsageError>([&] { (void)moved.step_graph(); }, text);
  expect<UsageError>([&] { (void)moved.preprocessing(); }, text);
  expect<UsageError>([&] { (void)moved.failed_step(); }, text);
  expect<UsageError>([&] { (void)moved.replay_failed_step(); }, text);
  expect<UsageError>([&] { moved.save("never.safetensors"); }, text);
  expect<UsageError>([&] { moved.load("never.safetensors"); }, text);
  expect<UsageError>([&] { (void)moved.profile(); }, text);
  expect<UsageError>([&] { TrainerBase again{std::move(moved)}; }, text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(moving)

BOOST_AUTO_TEST_CASE(a_trainer_between_two_calls_of_fit) {
  const std::vector<float> expected = predicted_after_fit();
  SmallTrainer first{optim::adam(0.01)};
  SmallTrainer second{std::move(first)};
  check_refuses(first);  // NOLINT(*-use-after-move)
  second.fit(small_data(), quietly());
  SmallTrainer third{optim::adam(0.5)};
  third.fit(small_data(), quietly());
  third = std::move(second);
  check_refuses(second);  // NOLINT(*-use-after-move)
  third.fit(small_data(), quietly());
  BOOST_TEST(third.predict(small_data()) == expected, boost::test_tools::per_element());
  first = std::move(third);  // one that was moved from may be assigned to
  BOOST_TEST(first.predict(small_data()) == expected, boost::test_tools::per_element());
  BOOST_TEST(trained(4).predict(small_data()) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_trainer_between_its_own_steps) {
  SmallTrainer still{optim::adam(0.01)};
  SmallTrainer first{optim::adam(0.01)};
  std::optional<SmallTrainer> second;
  still.prepare(8);
  first.prepare(8);
  const std::span<float> x = first.input<float>("x");
  const std::span<std::int32_t> label = first.input<std::int32_t>("label");
  const std::span<float> weight = first.variable<float>("hidden/weight");
  const Program* const program = &first.program();
  for (SmallTrainer* each : {&still, &first}) {
    const auto values = each->input<float>("x");
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 5) - 2;
    const auto labels = each->input<std::int32_t>("label");
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 3);
  }
  still.step();
  first.step();
  const double loss = first.loss();
  second.emplace(std::move(first));
  BOOST_TEST(second->loss() == loss);
  BOOST_TEST(&second->program() == program);
  BOOST_TEST(second->program().specialised_regions() == still.program().specialised_regions());
  x[0] += 1;  // the spans are of the same memory
  label[1] = 2;
  still.input<float>("x")[0] += 1;
  still.input<std::int32_t>("label")[1] = 2;
  for (int i = 0; i < 3; ++i) {
    still.step();
    second->step();
  }
  BOOST_TEST(second->loss() == still.loss());
  BOOST_TEST(weight.data() == second->variable<float>("hidden/weight").data());
  BOOST_TEST(weight == still.variable<float>("hidden/weight"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(trainers_in_a_vector) {
  const std::vector<float> expected = predicted_after_fit();
  std::vector<SmallTrainer> trainers;
  for (int i = 0; i < 5; ++i) {
    trainers.emplace_back(optim::adam(0.01));
    trainers.back().fit(small_data(), quietly());
  }
  trainers.erase(trainers.begin() + 1);
  for (SmallTrainer& each : trainers) {
    each.fit(small_data(), quietly());
    BOOST_TEST(each.predict(small_data()) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_trainer_in_a_running_fit_is_not_moved) {
  SmallTrainer trainer{optim::adam(0.01)};
  SmallTrainer other{optim::adam(0.01)};
  std::vector<SmallTrainer> none;
  int calls = 0;
  FitOptions options = quietly(1);
  options.callbacks.push_back({.after_step = [&](TrainerBase&, const StepResult&) {
    const std::initializer_list<const char*> text{
        "a move was called while fit() of the same trainer is running", "callbacks of fit()"};
    expect<UsageError>([&] { SmallTrainer moved{std::move(trainer)}; }, text);
    expect<UsageError>([&] { other = std::move(trainer); }, text);
    expect<UsageError>([&] { trainer = std::move(other); }, text);
    expect<UsageError>([&] { none.push_back(std::move(trainer)); }, text);
    ++calls;
    return true;
  }});
  trainer.fit(small_data(), options);
  BOOST_TEST(calls == 6);
  BOOST_TEST(none.empty());
  BOOST_TEST(trainer.evaluate(small_data()).samples == 48);
  BOOST_TEST(other.evaluate(small_data()).samples == 48);
}

BOOST_AUTO_TEST_CASE(a_callback_gets_the_trainer_that_fits) {
  SmallTrainer first{optim::adam(0.01)};
  SmallTrainer second{std::move(first)};
  FitOptions options = quietly(1);
  int calls = 0;
  options.callbacks.push_back({.after_epoch = [&](TrainerBase& training, const EpochResult&) {
    BOOST_TEST(&training == static_cast<TrainerBase*>(&second));
    (void)training.evaluate(small_data());
    ++calls;
    return true;
  }});
  second.fit(small_data(), options);
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_predictor) {
  const Folder folder;
  const auto file = folder / "m.safetensors";
  SmallTrainer trainer = trained(2);
  trainer.save(file);
  const std::vector<float> expected = trainer.predict(small_data());
  const double loss = trainer.evaluate(small_data()).loss;
  Predictor<small_classifier> first{file};
  BOOST_TEST(first.predict(small_data()) == expected, boost::test_tools::per_element());
  std::vector<Predictor<small_classifier>> predictors;
  predictors.push_back(std::move(first));
  for (int i = 0; i < 3; ++i) predictors.emplace_back(file);
  for (auto& each : predictors) {
    BOOST_TEST(each.predict(small_data()) == expected, boost::test_tools::per_element());
    BOOST_TEST(each.evaluate(small_data()).loss == loss);
    BOOST_TEST(each.plan().batch == 8);
  }
  const std::initializer_list<const char*> text{"this predictor was moved from"};
  // NOLINTBEGIN(*-use-after-move)
  expect<UsageError>([&] { (void)first.predict(small_data()); }, text);
  expect<UsageError>([&] { (void)first(small_data()); }, text);
  expect<UsageError>([&] { (void)first.evaluate(small_data()); }, text);
  expect<UsageError>([&] { (void)first.plan(); }, text);
  expect<UsageError>([&] { (void)first.preprocessing(); }, text);
  expect<UsageError>([&] { (void)first.allocated(); }, text);
  expect<UsageError>([&] { (void)first.prediction_graph(); }, text);
  first = std::move(predictors[0]);
  // NOLINTEND(*-use-after-move)
  BOOST_TEST(first.predict(small_data()) == expected, boost::test_tools::per_element());
  const data::Pipeline moves =
      small_data().map([&](data::Sample&) { predictors[1] = std::move(first); });
  expect<UsageError>([&] { (void)first.predict(moves); },
                     {"a move was called while predict() of the same predictor is running"});
  BOOST_TEST(first.predict(small_data()) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
