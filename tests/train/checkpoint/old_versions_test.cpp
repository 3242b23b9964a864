// Checkpoints that earlier versions wrote are read. Each file is as that version's program left it.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <foregraph/checkpoint.hpp>
#include <foregraph/foregraph.hpp>
#include <vector>

using namespace foregraph;

namespace {

/// The model that was trained with 0.1.0: y = 2 a - b + 1 by two layers.
Model line_of_two_layers(Graph& g) {
  const auto x = g.input("x", {batch, 2});
  const auto y = g.input("y", {batch, 1});
  const auto h = relu(nn::dense(x, 4, "hidden"));
  const auto line = nn::dense(h, 1, "line");
  return {.loss = nn::mean_squared_error(line, y), .outputs = {line}};
}

data::Pipeline samples_of_line() {
  std::vector<float> x;
  std::vector<float> y;
  for (int i = 0; i < 64; ++i) {
    const float a = static_cast<float>(i % 8) / 4 - 1;
    const float b = static_cast<float>(i / 8) / 4 - 1;
    x.insert(x.end(), {a, b});
    y.push_back(2 * a - b + 1);
  }
  return data::from(data::Dataset().add("x", {2}, x).add("y", {1}, y)).shuffle(1).batch(16);
}

const std::filesystem::path file_of_0_1_0 =
    std::filesystem::path(FOREGRAPH_CHECKPOINT_FILES) / "version_0_1_0.safetensors";

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoints_of_old_versions)

BOOST_AUTO_TEST_CASE(training_goes_on_from_0_1_0) {
  const Checkpoint file(file_of_0_1_0);
  BOOST_TEST(file.library_version() == "0.1.0");
  BOOST_TEST(file.step() == 80);
  BOOST_TEST(file.epoch() == 20);

  Graph g;
  const Model model = line_of_two_layers(g);
  Trainer trainer{g, model, optim::adam(0.01)};
  trainer.load(file_of_0_1_0);
  // The last epoch of 0.1.0 had this loss, averaged while it learned.
  const double loss = trainer.evaluate(samples_of_line()).loss;
  BOOST_TEST(loss < 0.0405170415);
  BOOST_TEST(loss > 0.02);
  const History history = trainer.fit(samples_of_line(), {.epochs = 1});
  BOOST_TEST(history.back().loss < 0.0405170415);
}

BOOST_AUTO_TEST_CASE(the_models_fingerprint_is_that_of_0_1_0) {
  Graph g;
  const Model model = line_of_two_layers(g);
  BOOST_TEST(model_fingerprint(g, model) == Checkpoint(file_of_0_1_0).model_fingerprint());
}

BOOST_AUTO_TEST_CASE(predictions_from_0_1_0) {
  Graph g;
  const Model model = line_of_two_layers(g);
  Predictor predictor{g, model, file_of_0_1_0};
  const std::vector<float> predicted = predictor.predict(samples_of_line());
  BOOST_TEST(predicted.size() == 64U);
}

BOOST_AUTO_TEST_SUITE_END()
