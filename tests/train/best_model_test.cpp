#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <foregraph/foregraph.hpp>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "resuming.hpp"
#include "support/expect.hpp"
#include "support/training_data.hpp"

// Which epoch is the best, and what a file of the best epoch is compared with.

using namespace foregraph;
using namespace foregraph::test;

namespace {

Model one_layer_classifier(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(x, 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
}

Model two_layer_classifier(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(relu(nn::dense(x, 5, "hidden")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
}

/// A training whose metric "score" has the given values, one an epoch.
struct Scripted {
  Graph graph;
  Trainer<> trainer;
  std::shared_ptr<std::size_t> epoch = std::make_shared<std::size_t>(0);
  std::vector<std::vector<float>> after{};  ///< the weights after each epoch

  explicit Scripted(Model (*model)(Graph&) = one_layer_classifier)
      : trainer(graph, model(graph), optim::sgd(0.1)) {}

  FitOptions options(std::vector<double> values, Better better = Better::larger) {
    FitOptions result;
    result.epochs = static_cast<std::int64_t>(values.size());
    result.progress = false;
    result.preflight = false;
    result.evaluation = data::from(many_classes(20, 4, 3, 5));
    result.metrics = {metrics::mean_of(
        "score", better,
        [values = std::move(values), at = epoch](auto, auto) { return values.at(*at); })};
    result.callbacks.push_back({.after_epoch = [this](TrainerBase& training, const EpochResult&) {
      const auto weights = training.variable<float>("logits/weight");
      after.emplace_back(weights.begin(), weights.end());
      ++*epoch;
      return true;
    }});
    return result;
  }
  FitOptions watching(std::vector<double> values, std::int64_t patience = 100,
                      Better better = Better::larger) {
    FitOptions result = options(std::move(values), better);
    result.early_stopping =
        EarlyStoppingOptions{.monitor = "evaluation_score", .patience = patience};
    return result;
  }
  History fit(const FitOptions& options) {
    *epoch = 0;
    after.clear();
    return trainer.fit(data::from(many_classes(40, 4, 3)).shuffle(1).batch(8), options);
  }
  [[nodiscard]] std::vector<float> weights() {
    const auto now = trainer.variable<float>("logits/weight");
    return {now.begin(), now.end()};
  }
};

std::string best_model_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(best_model)

BOOST_AUTO_TEST_CASE(the_metric_says_which_values_are_better) {
  Scripted larger;
  const History a = larger.fit(larger.watching({0.5, 0.9, 0.7, 0.8, 0.1}, 1));
  BOOST_TEST(a.size() == 4U);  // 0.7 and 0.8 are no improvement on 0.9
  BOOST_TEST((larger.weights() == larger.after[1]));
  Scripted smaller;
  const History b = smaller.fit(smaller.watching({0.5, 0.9, 0.4, 0.8, 0.7}, 1, Better::smaller));
  BOOST_TEST(b.size() == 5U);
  BOOST_TEST((smaller.weights() == smaller.after[2]));
}

BOOST_AUTO_TEST_CASE(every_metric_of_the_library_is_watched_in_its_direction) {
  const Folder folder;
  for (const Metric& metric : {metrics::accuracy(), metrics::top_k(2), metrics::perplexity(),
                               metrics::f1(metrics::Average::macro)}) {
    Scripted run;
    FitOptions options = run.options({1, 1, 1, 1, 1, 1});
    options.metrics = {metric};
    options.training_metrics = true;
    options.early_stopping = EarlyStoppingOptions{.monitor = metric.name(), .patience = 100};
    options.best_model = folder / (metric.name() + ".safetensors").c_str();
    const History history = run.fit(options);
    std::vector<double> values;
    for (const EpochResult& each : history)
      for (const auto& [name, value] : each.metrics)
        if (name == metric.name()) values.push_back(value);
    BOOST_REQUIRE_EQUAL(values.size(), 6U);
    // The first of the largest, by the definition of the metric; the smallest for the perplexity.
    const auto best = metric.name() == "perplexity"
                          ? std::min_element(values.begin(), values.end())
                          : std::max_element(values.begin(), values.end());
    BOOST_TEST((run.weights() == run.after[static_cast<std::size_t>(best - values.begin())]),
               metric.name());
    BOOST_TEST(Checkpoint(options.best_model).epoch() == best - values.begin() + 1);
  }
}

BOOST_AUTO_TEST_CASE(what_is_watched_is_checked_before_the_first_step) {
  Scripted run;
  const auto refused = [&](const EarlyStoppingOptions& early,
                           std::initializer_list<const char*> parts,
                           const std::function<void(FitOptions&)>& change = {}) {
    FitOptions options = run.options({1});
    options.early_stopping = early;
    if (change) change(options);
    expect<UsageError>([&] { run.fit(options); }, parts);
    BOOST_TEST(run.after.empty());
  };
  refused({.monitor = "evaluation_score", .better = Better::smaller},
          {"smaller values of 'evaluation_score' are better", "larger ones are", "unset"});
  refused({.monitor = "evaluation_loss", .better = Better::larger},
          {"larger values of 'evaluation_loss'", "smaller ones are"});
  refused({.monitor = "loss", .better = Better::larger}, {"'loss'", "smaller ones are"});
  refused({.monitor = "evaluation_scores"},
          {"no value 'evaluation_scores'", "'evaluation_score'", "'evaluation_loss'"});
  refused({.monitor = "score"}, {"no value 'score'", "FitOptions::training_metrics"});
  refused({.monitor = "learning_rate"}, {"cannot tell whether larger or smaller", "'learning_rate'",
                                         "EarlyStoppingOptions::better"});
  refused({}, {"no value 'evaluation_loss'", "FitOptions::evaluation"},
          [](FitOptions& options) { options.evaluation.reset(); });
  refused({.monitor = "evaluation_accuracy"},
          {"no value 'evaluation_accuracy'", "FitOptions::metrics"},
          [](FitOptions& options) { options.metrics.clear(); });
  refused({.monitor = "evaluation_score"}, {"several values 'evaluation_score'", "named()"},
          [](FitOptions& options) { options.metrics.push_back(options.metrics[0]); });
  expect<UsageError>([] { (void)EarlyStopping({.monitor = "accuracy"}); },
                     {"cannot tell whether larger or smaller", "'accuracy'"});
  // Agreeing with the metric is no contradiction, and any value may be watched if one says how.
  FitOptions options = run.options({1});
  options.early_stopping =
      EarlyStoppingOptions{.monitor = "evaluation_score", .better = Better::larger};
  BOOST_TEST(run.fit(options).size() == 1U);
  options.early_stopping =
      EarlyStoppingOptions{.monitor = "learning_rate", .better = Better::smaller};
  BOOST_TEST(run.fit(options).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_file_of_a_better_epoch_stays) {
  const Folder folder;
  const auto file = folder / "best.safetensors";
  const auto with_file = [&](FitOptions options) {
    options.best_model = file;
    return options;
  };
  Scripted first;
  first.fit(with_file(first.watching({0.3, 0.9, 0.6})));
  const std::string best = best_model_bytes(file);
  BOOST_TEST(Checkpoint(file).epoch() == 2);
  BOOST_TEST(Checkpoint(file).text("best.monitor") == "evaluation_score");
  BOOST_TEST(Checkpoint(file).text("best.better") == "larger");
  BOOST_TEST(Checkpoint(file).number("best.value") == 0.9);
  // The same training goes on; then another one, as in another process.
  const History on = first.fit(with_file(first.watching({0.5, 0.9})));
  BOOST_TEST((best_model_bytes(file) == best));
  BOOST_REQUIRE(!on.front().notes.empty());
  BOOST_TEST(on.front().notes.front().find("evaluation_score 0.9 from an earlier run") !=
             std::string::npos);
  BOOST_TEST(on.back().notes.empty());
  Scripted other;
  other.fit(with_file(other.watching({0.1, 0.8, 0.2})));
  BOOST_TEST((best_model_bytes(file) == best));
  BOOST_TEST((other.weights() == other.after[1]));  // what is put back is the best of this fit()
  other.fit(with_file(other.watching({0.95, 0.2})));
  BOOST_TEST(Checkpoint(file).number("best.value") == 0.95, boost::test_tools::tolerance(1e-14));
  // Asked for, it is replaced.
  FitOptions replacing = with_file(other.watching({0.2, 0.4}));
  replacing.replace_best_model = true;
  other.fit(replacing);
  BOOST_TEST(Checkpoint(file).number("best.value") == 0.4, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(losses_in_the_file_are_compared_as_losses) {
  const Folder folder;
  const auto file = folder / "best.safetensors";
  Scripted run;
  FitOptions options = run.options({1, 1, 1});
  options.best_model = file;
  const History history = run.fit(options);
  BOOST_TEST(Checkpoint(file).text("best.monitor") == "evaluation_loss");
  double least = *history[0].evaluation_loss;
  for (const EpochResult& each : history) least = std::min(least, *each.evaluation_loss);
  BOOST_TEST(Checkpoint(file).number("best.value") == least);
  const std::string best = best_model_bytes(file);
  Scripted worse;  // one epoch only: its loss is that of the first epoch above
  FitOptions once = worse.options({1});
  once.best_model = file;
  worse.fit(once);
  BOOST_TEST(*history[0].evaluation_loss > least);
  BOOST_TEST((best_model_bytes(file) == best));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_compared_is_refused) {
  const Folder folder;
  const auto file = folder / "best.safetensors";
  Scripted run;
  FitOptions options = run.watching({0.3, 0.9});
  options.best_model = file;
  run.fit(options);
  const auto refused = [&](Scripted& other, FitOptions with,
                           std::initializer_list<const char*> parts) {
    const std::string before = best_model_bytes(file);
    with.best_model = file;
    expect<DataError>([&] { other.fit(with); }, parts);
    BOOST_TEST((best_model_bytes(file) == before));
    BOOST_TEST(other.after.empty());
  };
  Scripted deeper(two_layer_classifier);
  refused(deeper, deeper.watching({1}),
          {"best.safetensors", "belongs to another model", "replace_best_model"});
  refused(run, run.options({1}),
          {"'evaluation_score' (larger is better)", "'evaluation_loss' (smaller is better)"});
  refused(run, run.watching({1}, 1, Better::smaller),
          {"(larger is better)", "(smaller is better)"});
  run.trainer.save(file);
  refused(run, run.watching({1}), {"no value to compare with"});
  std::ofstream(file, std::ios::app) << "more";
  refused(run, run.watching({1}), {"best.safetensors", "cannot be compared"});
  FitOptions replacing = run.watching({0.1});
  replacing.best_model = file;
  replacing.replace_best_model = true;
  run.fit(replacing);
  BOOST_TEST(Checkpoint(file).number("best.value") == 0.1, boost::test_tools::tolerance(1e-14));
  // The files of a checkpoint are others.
  for (const char* name : {"run.safetensors", "run.safetensors.best"}) {
    FitOptions both = run.watching({1});
    both.checkpoint.path = folder / "run.safetensors";
    both.best_model = folder / name;
    expect<UsageError>([&] { run.fit(both); }, {"best_model", name, "different paths"});
  }
}

BOOST_AUTO_TEST_CASE(a_run_is_resumed_with_the_value_it_watched) {
  const Folder folder;
  const auto with_file = [&](FitOptions options) {
    options.checkpoint.path = folder / "run.safetensors";
    return options;
  };
  Scripted first;
  first.fit(with_file(first.watching({0.3, 0.9})));
  Scripted second;
  FitOptions by_loss = with_file(second.options({1, 1, 1}));
  by_loss.early_stopping = EarlyStoppingOptions{};
  expect<DataError>([&] { second.fit(by_loss); },
                    {"monitors evaluation_score (larger is better)",
                     "evaluation_loss (smaller is better)", "resume to false"});
  BOOST_TEST(second.after.empty());
  *second.epoch = 2;
  const History on = second.trainer.fit(data::from(many_classes(40, 4, 3)).shuffle(1).batch(8),
                                        with_file(second.watching({0.3, 0.9, 0.5})));
  BOOST_TEST(on.size() == 3U);
  BOOST_TEST((second.weights() == first.after[1]));  // 0.9 is the best of the whole run
}

BOOST_AUTO_TEST_SUITE_END()
