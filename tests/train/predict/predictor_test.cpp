// A model from a checkpoint gives the trainer's numbers in less memory.
#include "train/resuming.hpp"

using namespace foregraph;
using namespace foregraph::literals;
using namespace foregraph::test;

namespace {

constexpr auto normalized = [](Graph& g) { return with_batch_norm(g); };

Model tanh_for_relu(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits =
      nn::dense(tanh(nn::batch_norm(nn::dense(x, 8, "hidden"), "norm")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

/// Most of its memory are its parameters.
Model large(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor h = relu(nn::dense(x, 300, "first"));
  const Tensor logits = nn::dense(relu(nn::dense(h, 300, "second")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

constexpr Bytes variables_in(const Graph& g) {
  return {plan_memory(g, 1).variables_bytes};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(predictor)

BOOST_AUTO_TEST_CASE(has_the_numbers_of_the_trainer) {
  const data::Dataset rows = many_classes(50, 4, 3);
  const data::Preprocessing fitted = data::Preprocessing().standardize("x").fit(rows);
  const data::Pipeline data = data::from(rows).preprocess(fitted).shuffle(7).batch(16);
  const Folder folder;
  const auto file = folder / "model.safetensors";
  Trainer<normalized> trainer{optim::adam(0.01)};
  trainer.fit(data,
              {.epochs = 3, .progress = false, .checkpoint = {.path = file}, .preflight = false});
  const std::vector<Metric> accuracy{metrics::accuracy()};
  const Evaluation expected = trainer.evaluate(data, accuracy);

  Predictor<normalized> compiled{file};
  Graph g;
  const Model m = with_batch_norm(g);
  Predictor built{g, m, file};
  for (PredictorBase* model :
       {static_cast<PredictorBase*>(&compiled), static_cast<PredictorBase*>(&built)}) {
    BOOST_TEST_REQUIRE(model->preprocessing() != nullptr);
    const data::Pipeline prepared = data::from(rows).preprocess(*model->preprocessing()).batch(16);
    const Evaluation got = model->evaluate(prepared, accuracy);
    BOOST_TEST(got.loss == expected.loss);
    BOOST_TEST(got.samples == 50);
    BOOST_TEST((got.metrics == expected.metrics));
    BOOST_TEST(model->predict(prepared) == trainer.predict(data), boost::test_tools::per_element());
    expect<DataError>([&] { (void)model->predict(data::from(rows)); },
                      {"predict: the preprocessing differs", "this pipeline has none"});
    expect<UsageError>([&] { (void)model->predict(prepared, 1); }, {"output 1 was requested"});
  }
}

BOOST_AUTO_TEST_CASE(takes_no_memory_for_what_an_optimizer_keeps) {
  const data::Pipeline data = data::from(many_classes(50, 4, 3)).batch(16);
  const Folder folder;
  const auto file = folder / "model.safetensors";
  const auto trainer = make_trainer(large, optim::adam(0.01));
  trainer->fit(data, {.progress = false, .preflight = false});
  trainer->save(file);
  Graph g;
  const Model m = large(g);
  Predictor predictor{g, m, file};
  expect<UsageError>([&] { (void)predictor.plan(); }, {"call evaluate() or predict() first"});
  const Bytes own = predictor.allocated();
  // Adam keeps two more numbers for each parameter, and two for all.
  const Bytes all = variables_in(trainer->step_graph());
  BOOST_TEST(own.count == variables_in(predictor.prediction_graph()).count);
  BOOST_TEST(own.count == variables_in(predictor.evaluation_graph()).count);
  BOOST_TEST(all.count == 3 * own.count + 2 * 64);
  (void)predictor.evaluate(data);
  BOOST_TEST(predictor.allocated().count == predictor.plan().peak().count);
  BOOST_TEST(predictor.allocated().count < trainer->allocated().count - 2 * own.count);
  (void)predictor.predict(data);
  BOOST_TEST(predictor.allocated().count == predictor.plan().peak().count);
}

BOOST_AUTO_TEST_CASE(keeps_to_its_budget) {
  const data::Pipeline data = data::from(many_classes(50, 4, 3)).batch(32);
  const Folder folder;
  const auto file = folder / "model.safetensors";
  const auto trainer = make_trainer(large, optim::sgd(0.01));
  trainer->save(file);
  Graph g;
  const Model m = large(g);
  Predictor free{g, m, file, {.memory_budget = Budget::unlimited()}};
  const std::vector<float> expected = free.predict(data);
  BOOST_TEST(free.plan().batch == 32);
  const Bytes less{free.plan().peak().count - 1};
  Predictor bound{g, m, file, {.memory_budget = less}};
  const std::vector<float> got = bound.predict(data);
  BOOST_TEST(bound.plan().batch == 16);
  BOOST_TEST(bound.allocated().count <= less.count);
  BOOST_TEST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) BOOST_TEST(std::abs(got[i] - expected[i]) < 1e-4F);
  const PredictorOptions too_little{.memory_budget = Bytes{1024}};
  expect<BudgetError>(
      [&] {
        Predictor{g, m, file, too_little};
      },
      {"memory budget is 1,024 B", "No batch fits"});
}

BOOST_AUTO_TEST_CASE(refuses_another_model) {
  const Folder folder;
  const auto file = folder / "model.safetensors";
  make_trainer(with_batch_norm, optim::adam(0.01))->save(file);
  Graph g;
  const Model m = tanh_for_relu(g);
  expect<DataError>([&] { Predictor{g, m, file}; }, {"belongs to another model", "its ops differ"});
  Graph h;
  const Model n = large(h);
  expect<DataError>(
      [&] {
        Predictor{h, n, file};
      },
      {"belongs to another model or optimizer", "missing", "'first/weight'"});
  expect<FileError>([&] { Predictor{g, m, folder / "none"}; }, {"none"});
}

BOOST_AUTO_TEST_SUITE_END()
