#include <unistd.h>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <foregraph/foregraph.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "support/expect.hpp"
#include "support/training_data.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

Model classifier(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(relu(nn::dense(x, 8, "hidden")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
}

/// A folder that is gone at the end.
struct FitFolder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("foregraph_fit_" + std::to_string(getpid()));
  FitFolder() { std::filesystem::create_directories(path); }
  ~FitFolder() { std::filesystem::remove_all(path); }
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

FitOptions quiet(std::int64_t epochs) {
  FitOptions options;
  options.epochs = epochs;
  options.preflight = false;
  return options;
}

std::vector<float> weights(TrainerBase& trainer) {
  const auto all = trainer.variable<float>("hidden/weight");
  return {all.begin(), all.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fit)

BOOST_AUTO_TEST_CASE(metrics_of_both_sets_are_those_of_predict) {
  const data::Dataset data = many_classes(130, 4, 3);
  const data::Dataset other = many_classes(57, 4, 3, 2);
  Graph g;
  Trainer trainer{g, classifier(g), optim::adam(1e-2F)};
  FitOptions options = quiet(3);
  options.evaluation = data::from(other).batch(10);
  options.metrics = {metrics::accuracy(), metrics::top_k(2), metrics::perplexity()};
  options.training_metrics = true;
  const History history = trainer.fit(data::from(data).shuffle(1).batch(32), options);
  const NamedValues& values = history.back().metrics;
  BOOST_REQUIRE_EQUAL(values.size(), 6U);
  const auto* labels = reinterpret_cast<const std::int32_t*>(other.data(1));
  const double by_hand = accuracy(trainer.predict(data::from(other)), {labels, 57});
  BOOST_TEST(values[0].first == "evaluation_accuracy");
  BOOST_TEST(values[0].second == by_hand);
  BOOST_TEST(values[1].second >= values[0].second);
  BOOST_TEST(values[2].second == std::exp(*history.back().evaluation_loss),
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(values[3].first == "accuracy");
  BOOST_TEST(trainer.evaluate(data::from(other), options.metrics).metrics[0].second == by_hand);
  expect<UsageError>(
      [&] { trainer.evaluate(data::from(other), std::vector{metrics::accuracy().of_output(1)}); },
      {"'accuracy'", "output 1", "has 1"});
  expect<UsageError>(
      [&] {
        trainer.evaluate(data::from(other), std::vector{metrics::accuracy().against("class")});
      },
      {"'accuracy'", "'class'", "'label'"});
}

BOOST_AUTO_TEST_CASE(accumulated_batches_are_one_batch) {
  const data::Dataset data = many_classes(100, 4, 3);  // the last group is short
  Graph g;
  const Model model = classifier(g);
  Trainer whole{g, model, optim::adam(1e-2F)};
  Trainer parts{g, model, optim::adam(1e-2F)};
  FitOptions options = quiet(2);
  const History of_whole = whole.fit(data::from(data).shuffle(3).batch(32), options);
  options.accumulate = 4;
  const History of_parts = parts.fit(data::from(data).shuffle(3).batch(8), options);
  BOOST_TEST(of_parts[1].steps == of_whole[1].steps);
  BOOST_TEST(of_parts[1].loss == of_whole[1].loss, boost::test_tools::tolerance(1e-5));
  const auto a = weights(whole);
  const auto b = weights(parts);
  for (std::size_t i = 0; i < a.size(); ++i) BOOST_TEST(std::abs(a[i] - b[i]) < 1e-5);
  BOOST_TEST(parts.remedy().part == 8);
  options.accumulate = 0;
  expect<UsageError>([&] { parts.fit(data::from(data), options); }, {"accumulate is 0"});
}

BOOST_AUTO_TEST_CASE(a_filled_up_last_batch_trains_as_the_short_one) {
  const data::Dataset data = many_classes(50, 4, 3);
  const auto masked = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor label = g.input("label", {batch}, i32);
    const Tensor mask = g.input("mask", {batch});
    const Tensor logits = nn::dense(x, 3, "hidden");
    const Tensor losses = nn::softmax_cross_entropy_per_sample(logits, label);
    return Model{.loss = masked_mean(losses, mask), .outputs = {logits}};
  };
  Graph g;
  const Model model = masked(g);
  Trainer kept{g, model, optim::sgd(0.1F)};
  Trainer padded{g, model, optim::sgd(0.1F)};
  const History a = kept.fit(data::from(data).shuffle(1).batch(16), quiet(3));
  const History b = padded.fit(data::from(data).shuffle(1).batch(16, data::Tail::pad), quiet(3));
  BOOST_TEST(a[2].loss == b[2].loss, boost::test_tools::tolerance(1e-5));
  BOOST_TEST(b[2].samples == 50);
  const auto w = weights(kept);
  const auto v = weights(padded);
  for (std::size_t i = 0; i < w.size(); ++i) BOOST_TEST(std::abs(w[i] - v[i]) < 1e-6);
  BOOST_TEST(kept.evaluate(data::from(data).batch(16)).loss ==
                 kept.evaluate(data::from(data).batch(16, data::Tail::pad)).loss,
             boost::test_tools::tolerance(1e-6));
  Graph h;
  Trainer without{h, classifier(h), optim::sgd(0.1F)};
  expect<DataError>([&] { without.fit(data::from(data).batch(16, data::Tail::pad), quiet(1)); },
                    {"Tail::pad", "'mask'", "Tail::keep"});
}

BOOST_AUTO_TEST_CASE(it_stops_early_and_puts_the_best_epoch_back) {
  const data::Dataset data = many_classes(96, 4, 3);
  Graph g;
  Trainer trainer{g, classifier(g), optim::sgd(0.5F)};
  FitOptions options = quiet(100);
  options.evaluation = data::from(many_classes(60, 4, 3, 9)).batch(60);
  options.early_stopping = {.patience = 3, .least_improvement = 1e-3};
  std::vector<std::vector<float>> after;
  options.callbacks.push_back({.after_epoch = [&](TrainerBase& t, const EpochResult&) {
    after.push_back(weights(t));
    return true;
  }});
  const History history = trainer.fit(data::from(data).shuffle(2).batch(16), options);
  BOOST_REQUIRE(history.size() < 100U);
  BOOST_TEST(history.back().notes.front().find("evaluation_loss has not improved for 4") !=
             std::string::npos);
  // The best by its own rule: an improvement is more than 1e-3.
  std::size_t best = 0;
  for (std::size_t e = 1; e < history.size(); ++e)
    if (*history[e].evaluation_loss < *history[best].evaluation_loss - 1e-3) best = e;
  BOOST_TEST(best + 4 == history.size() - 1);
  BOOST_TEST((weights(trainer) == after[best]));
  BOOST_TEST(trainer.remedy().peak.count == trainer.allocated().count);  // the copy is planned
  options.early_stopping->monitor = "accuracy";
  expect<UsageError>([&] { trainer.fit(data::from(data).batch(16), options); },
                     {"'accuracy'", "'evaluation_loss'"});
}

BOOST_AUTO_TEST_CASE(callbacks_see_every_step_and_may_end_training) {
  const data::Dataset data = many_classes(50, 4, 3);
  Graph g;
  Trainer trainer{g, classifier(g), optim::sgd(0.1F)};
  std::vector<StepResult> steps;
  FitOptions options = quiet(10);
  options.callbacks.push_back({.after_step = [&](TrainerBase&, const StepResult& result) {
    steps.push_back(result);
    return steps.size() < 6;
  }});
  const History history = trainer.fit(data::from(data).batch(16), options);
  BOOST_TEST(history.size() == 1U);  // only whole epochs are told
  BOOST_REQUIRE_EQUAL(steps.size(), 6U);
  BOOST_TEST(steps[3].samples == 2);
  BOOST_TEST(steps[3].batch == 3);
  BOOST_TEST(steps[5].epoch == 1);
  BOOST_TEST(steps[0].step == 0);
  BOOST_TEST(steps[5].step == 5);
}

BOOST_AUTO_TEST_CASE(histories_are_written_after_each_epoch) {
  const FitFolder folder;
  Graph g;
  Trainer trainer{g, classifier(g), optim::adam(1e-2F)};
  FitOptions options = quiet(3);
  options.evaluation = data::from(many_classes(20, 4, 3, 5));
  options.metrics = {metrics::accuracy()};
  options.history_csv = folder.path / "history.csv";
  options.history_json = folder.path / "history.json";
  options.tensorboard = folder.path / "board";
  std::vector<std::string> lines_seen;
  options.callbacks.push_back({.after_epoch = [&](TrainerBase&, const EpochResult&) {
    lines_seen.push_back(text_of(options.history_csv));
    return true;
  }});
  const History history = trainer.fit(data::from(many_classes(64, 4, 3)).batch(16), options);
  const std::string csv = text_of(options.history_csv);
  BOOST_TEST(std::count(csv.begin(), csv.end(), '\n') == 4);
  for (const char* name : {"epoch,steps", "loss", "evaluation_accuracy", "learning_rate"})
    BOOST_TEST(csv.find(name) != std::string::npos);
  BOOST_TEST(std::count(lines_seen[2].begin(), lines_seen[2].end(), '\n') == 3);
  const std::string json = text_of(options.history_json);
  BOOST_TEST(json.find("\"evaluation_accuracy\"") != std::string::npos);
  std::ostringstream loss;
  loss.precision(17);
  loss << history[2].loss;
  BOOST_TEST(json.find(loss.str().substr(0, 12)) != std::string::npos);
  BOOST_TEST(!std::filesystem::is_empty(options.tensorboard));
}

BOOST_AUTO_TEST_CASE(the_report_is_kept_in_the_history) {
  // In class order and not shuffled.
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 300; ++i) {
    for (int k = 0; k < 4; ++k) x.push_back(static_cast<float>((i * 7 + k * 3) % 11) / 11.0F);
    labels.push_back(i / 100);
  }
  Graph g;
  Trainer trainer{g, classifier(g), optim::sgd(0.1F)};
  std::vector<Report> reports;
  FitOptions options;
  options.epochs = 2;
  options.on_report = [&](const Report& report) { reports.push_back(report); };
  const History history = trainer.fit(
      data::from(data::Dataset().add("x", {4}, x).add("label", {}, labels)).batch(10), options);
  BOOST_REQUIRE(!reports.empty());
  BOOST_TEST(reports[0].to_text() == history[0].report.to_text());
  BOOST_TEST((reports[0].worst() != Severity::note));
  BOOST_TEST(history[1].report.empty());
  BOOST_TEST(history[0].record().report_json.find("order") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(looking_before_training_changes_nothing) {
  const data::Pipeline data = data::from(many_classes(200, 4, 3)).shuffle(1).batch(16).prefetch(1);
  Graph g;
  const Model model = classifier(g);
  Trainer looked{g, model, optim::adam(1e-2F)};
  Trainer blind{g, model, optim::adam(1e-2F)};
  FitOptions options;
  options.on_report = [](const Report&) {};
  const History a = looked.fit(data, options);
  const History b = blind.fit(data, quiet(1));
  BOOST_TEST(a[0].loss == b[0].loss);
  BOOST_TEST((weights(looked) == weights(blind)));
}

BOOST_AUTO_TEST_CASE(another_preprocessing_than_in_training_is_an_error) {
  const data::Dataset data = many_classes(64, 4, 3);
  const data::Preprocessing fitted = data::Preprocessing().standardize("x").fit(data);
  const data::Preprocessing other =
      data::Preprocessing().standardize("x").fit(many_classes(64, 4, 3, 5));
  Graph g;
  Trainer trainer{g, classifier(g), optim::adam(1e-2F)};
  trainer.fit(data::from(data).preprocess(fitted).batch(16), quiet(1));
  BOOST_REQUIRE(trainer.preprocessing() != nullptr);
  BOOST_TEST(trainer.preprocessing()->fingerprint() == fitted.fingerprint());
  BOOST_TEST(trainer.evaluate(data::from(data).preprocess(*trainer.preprocessing())).samples == 64);
  expect<DataError>([&] { (void)trainer.evaluate(data::from(data)); },
                    {"evaluate", "the preprocessing differs", "has none", "preprocess("});
  expect<DataError>([&] { (void)trainer.predict(data::from(data).preprocess(other)); },
                    {"predict", "the preprocessing differs", "'x'"});
  FitOptions options = quiet(1);
  options.evaluation = data::from(data);
  expect<DataError>([&] { trainer.fit(data::from(data).preprocess(fitted), options); },
                    {"the preprocessing differs"});
}

BOOST_AUTO_TEST_CASE(a_sorted_stream_is_found_out_after_its_first_epoch) {
  /// 3,000 samples of three classes, one after the other or in turn.
  class Classes final : public data::Stream {
   public:
    explicit Classes(bool sorted) : sorted_(sorted) {}
    [[nodiscard]] std::span<const data::FieldSpec> fields() const override { return specs_; }
    void restart(std::int64_t) override { next_ = 0; }
    bool next(std::span<std::byte* const> to) override {
      const std::int32_t label = static_cast<std::int32_t>(sorted_ ? next_ / 1000 : next_ % 3);
      const float x[4] = {static_cast<float>(label), 1, static_cast<float>(next_ % 7), 0.5F};
      ++next_;
      if (to[0] != nullptr) std::memcpy(to[0], x, sizeof x);
      if (to[1] != nullptr) std::memcpy(to[1], &label, sizeof label);
      return true;
    }

   private:
    std::vector<data::FieldSpec> specs_{{"x", f32, {4}}, {"label", i32, {}}};
    bool sorted_;
    std::int64_t next_ = 0;
  };
  for (const bool sorted : {true, false}) {
    Graph g;
    Trainer trainer{g, classifier(g), optim::sgd(0.1F)};
    FitOptions options;
    options.epochs = 2;
    options.on_report = [](const Report&) {};
    const History history = trainer.fit(
        data::from(std::make_shared<Classes>(sorted), 3000).shuffle_buffer(200, 1).batch(20),
        options);
    BOOST_TEST(history[0].report.has("class-mix") == sorted);
    BOOST_TEST(!history[1].report.has("class-mix"));
    BOOST_TEST(trainer.allocated().count == trainer.remedy().peak.count);
  }
}

BOOST_AUTO_TEST_SUITE_END()
