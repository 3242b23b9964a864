// evaluate() and predict() are right at any time and disturb nothing: from callbacks of fit(), and
// between the steps of a loop of the user's own.
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>

#include "train/resuming.hpp"

using namespace foregraph;
using namespace foregraph::literals;
using namespace foregraph::test;

namespace {

const TrainerOptions unlimited{.memory_budget = Budget::unlimited(), .threads = 1};

/// What a trainer in the same state says that does nothing but evaluate.
struct Told {
  Evaluation evaluation;
  std::vector<float> scores;
};

Told evaluated_apart(TrainerBase& running, Model (*build)(Graph&), const data::Pipeline& data) {
  const Folder folder;
  running.save(folder / "state.safetensors");
  const auto apart = make_trainer(build, optim::adam(0.01), unlimited);
  apart->load(folder / "state.safetensors");
  return {apart->evaluate(data), apart->predict(data)};
}

template <class T>
std::string bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluation_any_time)

BOOST_AUTO_TEST_CASE(in_a_callback_it_disturbs_no_training) {
  const data::Pipeline held_out = data::from(many_classes(70, 4, 3, 9)).batch(64);
  for (const int prefetch : {0, 1, 4})
    for (const std::int64_t accumulate : {1, 4}) {
      BOOST_TEST_CONTEXT("prefetch " << prefetch << ", accumulate " << accumulate) {
        const data::Pipeline data =
            data::from(many_classes(300, 4, 3)).shuffle(3).batch(16).prefetch(prefetch);
        FitOptions options{
            .epochs = 3, .progress = false, .accumulate = accumulate, .preflight = false};
        Model (*const build)(Graph&) = accumulate > 1 ? two_layers : with_dropout;
        const auto undisturbed = make_trainer(build, optim::adam(0.01), unlimited);
        const History expected = undisturbed->fit(data, options);

        const auto trainer = make_trainer(build, optim::adam(0.01), unlimited);
        int calls = 0;
        const auto look = [&](TrainerBase& running) {
          const Told told = evaluated_apart(running, build, held_out);
          const double loss = running.loss();
          BOOST_TEST(running.evaluate(held_out).loss == told.evaluation.loss);
          BOOST_TEST((running.predict(held_out) == told.scores));
          BOOST_TEST(running.evaluate(held_out, {metrics::accuracy()}).samples == 70);
          BOOST_TEST(running.loss() == loss);
          ++calls;
          return true;
        };
        options.callbacks.push_back(
            {.after_step =
                 [&](TrainerBase& running, const StepResult& result) {
                   BOOST_TEST(running.loss() == result.loss);
                   return result.batch % 2 != 0 || look(running);
                 },
             .after_epoch = [&](TrainerBase& running,
                                const EpochResult&) { return look(running); }});
        check_same(trainer->fit(data, options), expected);
        BOOST_TEST(calls > 6);
        BOOST_TEST((variables_of(*trainer) == variables_of(*undisturbed)));
      }
    }
}

BOOST_AUTO_TEST_CASE(between_own_steps_it_keeps_the_inputs_and_the_loss) {
  const data::Dataset rows = many_classes(32, 4, 3);
  const data::Pipeline held_out = data::from(many_classes(200, 4, 3, 9)).batch(200);
  const auto steps = [&](bool evaluates) {
    const auto trainer = make_trainer(with_dropout, optim::adam(0.01), unlimited);
    trainer->prepare(32);
    const auto x = trainer->input<float>("x");
    const auto label = trainer->input<std::int32_t>("label");
    std::memcpy(x.data(), rows.data(0), x.size_bytes());
    std::memcpy(label.data(), rows.data(1), label.size_bytes());
    const std::string inputs = bytes_of<float>(x) + bytes_of<std::int32_t>(label);
    for (int i = 0; i < 20; ++i) {
      if (evaluates) {
        (void)trainer->predict(held_out);
        trainer->prepare(32);  // there is nothing to do
      }
      trainer->step();
      const double loss = trainer->loss();
      if (evaluates) (void)trainer->evaluate(held_out, {metrics::accuracy()});
      BOOST_TEST(trainer->loss() == loss);
      BOOST_TEST((bytes_of<float>(x) + bytes_of<std::int32_t>(label) == inputs));
    }
    return variables_of(*trainer);
  };
  BOOST_TEST((steps(true) == steps(false)));
}

BOOST_AUTO_TEST_CASE(callbacks_cannot_overwrite_the_running_training) {
  const data::Pipeline data = data::from(many_classes(64, 4, 3)).batch(16).prefetch(2);
  const Folder folder;
  const auto file = folder / "model.safetensors";
  make_trainer(two_layers, optim::adam(0.01))->save(file);
  const std::vector<std::pair<const char*, std::function<void(TrainerBase&)>>> calls{
      {"fit()", [&](TrainerBase& t) { (void)t.fit(data); }},
      {"prepare()", [](TrainerBase& t) { t.prepare(16); }},
      {"prepare()", [](TrainerBase& t) { t.prepare(64); }},
      {"step()", [](TrainerBase& t) { t.step(); }},
      {"profile()", [](TrainerBase& t) { (void)t.profile(); }},
      {"load()", [&](TrainerBase& t) { t.load(file); }}};
  for (const auto& each : calls)
    for (const bool after_step : {true, false}) {
      const auto trainer = make_trainer(two_layers, optim::adam(0.01));
      std::string before;
      const auto callback = [&](TrainerBase& running) {
        before = variables_of(running);
        each.second(running);
        return true;
      };
      FitOptions options{.epochs = 1, .progress = false, .preflight = false};
      Callbacks added;
      if (after_step)
        added.after_step = [&](TrainerBase& t, const StepResult&) { return callback(t); };
      else
        added.after_epoch = [&](TrainerBase& t, const EpochResult&) { return callback(t); };
      options.callbacks.push_back(added);
      expect<UsageError>([&] { (void)trainer->fit(data, options); },
                         {each.first, "while fit() of the same trainer is running",
                          "callbacks of fit() may only call evaluate(), predict(), predict_all()"});
      BOOST_TEST((variables_of(*trainer) == before));
      BOOST_TEST(trainer->fit(data, {.progress = false, .preflight = false}).size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(callbacks_may_look_save_and_set) {
  const data::Pipeline data = data::from(many_classes(64, 4, 3)).batch(16);
  const Folder folder;
  const auto trainer = make_trainer(two_layers, optim::sgd(0.01));
  FitOptions options{.epochs = 2, .progress = false, .preflight = false};
  options.callbacks.push_back({.after_step = [&](TrainerBase& running, const StepResult&) {
    running.save(folder / "model.safetensors");
    running.set("learning_rate", 0);
    (void)running.preflight(data);
    return true;
  }});
  const History history = trainer->fit(data, options);
  BOOST_TEST(*history.back().learning_rate == 0);
}

BOOST_AUTO_TEST_CASE(functions_inside_a_call_cannot_call_again) {
  const data::Dataset rows = many_classes(64, 4, 3);
  const auto trainer = make_trainer(two_layers, optim::adam(0.01));
  for (const int prefetch : {0, 2}) {
    const data::Pipeline calls_back = data::from(rows).batch(16).prefetch(prefetch).map(
        [&](data::Sample&) { (void)trainer->predict(data::from(rows)); });
    expect<UsageError>([&] { (void)trainer->fit(calls_back, {.preflight = false}); },
                       {"predict() was called while fit() of the same trainer is running"});
    expect<UsageError>([&] { (void)trainer->evaluate(calls_back); },
                       {"predict() was called while evaluate() of the same trainer is running"});
  }
  const Metric metric =
      metrics::mean_of("nested", Better::larger, [&](std::span<const float>, metrics::TargetRow) {
        return trainer->evaluate(data::from(rows)).loss;
      });
  expect<UsageError>([&] { (void)trainer->evaluate(data::from(rows), {metric}); },
                     {"evaluate() was called while evaluate() of the same trainer is running"});
}

BOOST_AUTO_TEST_CASE(its_memory_is_planned_with_fit) {
  const data::Pipeline data = data::from(many_classes(96, 4, 3)).batch(32);
  const data::Pipeline held_out = data::from(many_classes(500, 4, 3, 9)).batch(500).prefetch(2);
  const auto without = make_trainer(two_layers, optim::adam(0.01), unlimited);
  without->fit(data, {.progress = false, .preflight = false});
  for (const bool training_metrics : {false, true}) {
    const auto trainer = make_trainer(two_layers, optim::adam(0.01), unlimited);
    trainer->fit(data, {.epochs = 2,
                        .evaluation = held_out,
                        .progress = false,
                        .metrics = {metrics::accuracy()},
                        .training_metrics = training_metrics,
                        .preflight = false});
    BOOST_TEST(trainer->allocated().count == trainer->plan().peak().count);
    // At least three slots of 500 rows of 4 numbers and a label.
    BOOST_TEST(trainer->allocated().count >= without->allocated().count + 3 * 500 * (4 * 4 + 4));
    // Less of it, or the same data again, takes nothing more.
    const std::int64_t before = trainer->allocated().count;
    (void)trainer->evaluate(held_out);
    BOOST_TEST(trainer->allocated().count == before);
  }
}

BOOST_AUTO_TEST_CASE(without_room_in_the_budget_the_free_step_lends_its_memory) {
  const data::Pipeline data = data::from(many_classes(300, 4, 3)).shuffle(1).batch(100);
  const data::Pipeline held_out = data::from(many_classes(150, 4, 3, 9)).batch(150);
  const auto free = make_trainer(two_layers, optim::adam(0.01), unlimited);
  const FitOptions options{
      .epochs = 3, .evaluation = held_out, .progress = false, .preflight = false};
  const History expected = free->fit(data, options);
  const Evaluation evaluation = free->evaluate(held_out);
  const auto plain = make_trainer(two_layers, optim::adam(0.01), unlimited);
  plain->fit(data, {.progress = false, .preflight = false});
  const Bytes budget = plain->allocated();

  const auto tight =
      make_trainer(two_layers, optim::adam(0.01), {.memory_budget = budget, .threads = 1});
  const History history = tight->fit(data, options);
  BOOST_TEST(tight->allocated().count <= budget.count);
  for (std::size_t i = 0; i < history.size(); ++i) {
    BOOST_TEST(history[i].loss == expected[i].loss);
    BOOST_TEST(std::abs(*history[i].evaluation_loss - *expected[i].evaluation_loss) < 1e-6);
  }
  BOOST_TEST((variables_of(*tight) == variables_of(*free)));
  const double loss = tight->loss();
  BOOST_TEST(std::abs(tight->evaluate(held_out).loss - evaluation.loss) < 1e-6);
  BOOST_TEST(tight->loss() == loss);
  BOOST_TEST(tight->allocated().count <= budget.count);

  // While the step's memory is in use, there is none to lend.
  FitOptions looks = options;
  looks.evaluation.reset();
  looks.callbacks.push_back({.after_step = [&](TrainerBase& running, const StepResult&) {
    (void)running.evaluate(held_out);
    return true;
  }});
  expect<BudgetError>([&] { (void)tight->fit(data, looks); },
                      {"evaluate: even one sample at a time needs", "held by the training step",
                       "the memory budget is", "raise memory_budget"});
  tight->prepare(100);
  const auto x = tight->input<float>("x");
  x[0] = 7;
  expect<BudgetError>([&] { (void)tight->predict(held_out.prefetch(1000)); },
                      {"predict: even one sample", "1001 input buffers"});
  BOOST_TEST(x[0] == 7);
}

BOOST_AUTO_TEST_CASE(evaluation_uses_the_workers_of_its_pipeline) {
  // The first two samples wait for each other: one thread alone would wait for ever.
  std::mutex mutex;
  std::condition_variable met;
  int waiting = 0;
  const data::Pipeline data = data::from(many_classes(64, 4, 3))
                                  .batch(8)
                                  .workers(3)
                                  .prefetch(4)
                                  .map([&](data::Sample& sample) {
                                    if (sample.row() % 8 != 0 || sample.row() > 8) return;
                                    std::unique_lock lock(mutex);
                                    ++waiting;
                                    met.notify_all();
                                    met.wait(lock, [&] { return waiting >= 2; });
                                  });
  const auto trainer = make_trainer(two_layers, optim::adam(0.01), unlimited);
  (void)trainer->evaluate(data);
  BOOST_TEST(waiting == 2);
  waiting = 0;
  const std::vector<float> scores = trainer->predict(data);
  BOOST_TEST(waiting == 2);
  BOOST_TEST((scores == trainer->predict(data::from(many_classes(64, 4, 3)).batch(8))));
}

BOOST_AUTO_TEST_CASE(many_epochs_after_many) {
  const auto trainer = make_trainer(two_layers, optim::adam(0.01));
  FitOptions options{
      .epochs = std::numeric_limits<std::int64_t>::max(), .progress = false, .preflight = false};
  options.callbacks.push_back(
      {.after_epoch = [](TrainerBase&, const EpochResult& e) { return e.epoch % 3 != 2; }});
  const data::Pipeline data = data::from(many_classes(16, 4, 3)).batch(16);
  BOOST_TEST(trainer->fit(data, options).size() == 3U);
  BOOST_TEST(trainer->fit(data, options).size() == 3U);
  options.preflight = true;
  options.schedule = linear_decay(0.01, 0.001, 10);
  BOOST_TEST(trainer->fit(data, options).size() == 3U);
  options.accumulate = std::numeric_limits<std::int64_t>::max();
  expect<UsageError>([&] { (void)trainer->fit(data, options); }, {"fit: accumulate is", "16"});
}

BOOST_AUTO_TEST_SUITE_END()
