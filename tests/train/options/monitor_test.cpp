// Early stopping and best_model go by a value: a metric, a loss, or the name of one.
#include <filesystem>

#include "support/expect.hpp"
#include "support/folder.hpp"
#include "support/training_data.hpp"

#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr auto monitored_model = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(x, 3, "logits");
  return Model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};

/// A metric whose values are those listed, one for each pass over the data.
Metric scripted(std::string name, Better better, std::vector<double> values) {
  struct ScriptedMetric : MetricAccumulator {
    explicit ScriptedMetric(std::shared_ptr<std::vector<double>> all) : left(std::move(all)) {}
    void add(const MetricBatch&) override {}
    [[nodiscard]] double value() const override {
      const double next = left->front();
      left->erase(left->begin());
      return next;
    }
    void reset() override {}
    std::shared_ptr<std::vector<double>> left;
  };
  auto left = std::make_shared<std::vector<double>>(std::move(values));
  return Metric(std::move(name), better, [left] { return std::make_unique<ScriptedMetric>(left); });
}

History stopped_by(const Monitor& monitored, std::vector<Metric> metrics = {},
                   bool has_evaluation = true) {
  Trainer<monitored_model> trainer{optim::sgd(0.01)};
  FitOptions options{.epochs = 20, .progress = false, .preflight = false};
  options.early_stopping = EarlyStoppingOptions{.monitor = monitored, .patience = 1};
  options.metrics = std::move(metrics);
  if (has_evaluation) options.evaluation = data::from(many_classes(12, 4, 3, 2));
  return trainer.fit(data::from(many_classes(24, 4, 3)).batch(8), options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(monitors)

BOOST_AUTO_TEST_CASE(a_metric_that_is_not_listed) {
  // The best is the second; two epochs without improvement end training.
  const History larger = stopped_by(scripted("score", Better::larger, {0.5, 0.7, 0.6, 0.65, 1}));
  BOOST_TEST_REQUIRE(larger.size() == 4U);
  BOOST_TEST_REQUIRE(larger.back().metrics.size() == 1U);
  BOOST_TEST(larger.back().metrics[0].first == "evaluation_score");
  BOOST_TEST(larger.back().notes.back().find("evaluation_score has not improved for 2 epochs") !=
             std::string::npos);
  const History smaller = stopped_by(scripted("score", Better::smaller, {0.5, 0.7, 0.6, 0.1}));
  BOOST_TEST(smaller.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_metric_of_the_training_data) {
  const History alone = stopped_by(scripted("score", Better::larger, {3, 2, 1, 4}), {}, false);
  BOOST_TEST_REQUIRE(alone.size() == 3U);
  BOOST_TEST(alone.back().metrics[0].first == "score");
  expect<UsageError>(
      [] { (void)stopped_by(monitor::training(scripted("score", Better::larger, {1}))); },
      {"there is no value 'score' after an epoch",
       "training metrics need FitOptions::training_metrics"});
  expect<UsageError>(
      [] {
        (void)stopped_by(monitor::evaluation(scripted("score", Better::larger, {1})), {}, false);
      },
      {"there is no value 'evaluation_score'", "evaluation values need FitOptions::evaluation"});
}

BOOST_AUTO_TEST_CASE(a_metric_that_is_listed_is_computed_once) {
  const Metric score = scripted("score", Better::larger, {0.5, 0.7, 0.6, 0.65, 1});
  const History history = stopped_by(score, {score});
  BOOST_TEST(history.size() == 4U);  // a second pass would take two values an epoch
  BOOST_TEST(history.back().metrics.size() == 1U);
  expect<UsageError>([&] { (void)stopped_by(score, {score.of_output(1)}); },
                     {"the monitored metric 'score'", "different outputs or targets", "named()"});
}

BOOST_AUTO_TEST_CASE(losses_and_names) {
  BOOST_TEST(monitor::loss().name() == "loss");
  BOOST_TEST(monitor::evaluation_loss().name() == "evaluation_loss");
  BOOST_TEST((monitor::loss().better() == Better::smaller));
  BOOST_TEST((EarlyStoppingOptions{}.monitor.name() == "evaluation_loss"));
  BOOST_TEST((Monitor(metrics::accuracy()).better() == Better::larger));
  BOOST_TEST(monitor::evaluation(metrics::accuracy()).name() == "evaluation_accuracy");
  BOOST_TEST(!Monitor("learning_rate").better().has_value());
  const History by_value = stopped_by(monitor::loss());
  const History by_name = stopped_by("loss");
  BOOST_TEST(by_value.size() == by_name.size());
  expect<UsageError>([] { (void)stopped_by("accuracy"); },
                     {"there is no value 'accuracy' after an epoch"});
}

BOOST_AUTO_TEST_CASE(the_best_model_goes_by_it) {
  const Folder folder;
  const auto file = folder / "best.safetensors";
  Trainer<monitored_model> trainer{optim::sgd(0.1)};
  FitOptions options{.epochs = 4, .progress = false, .best_model = file, .preflight = false};
  options.early_stopping = EarlyStoppingOptions{
      .monitor = scripted("score", Better::larger, {1, 3, 2, 1}), .patience = 9};
  trainer.fit(data::from(many_classes(24, 4, 3)).batch(8), options);
  BOOST_TEST(Checkpoint(file).epoch() == 2);
  BOOST_TEST(Checkpoint(file).text("best.monitor") == "score");
}

BOOST_AUTO_TEST_SUITE_END()
