// A predictor or trainer that two threads share refuses the second one, instead of mixing them up.
#include <future>
#include <thread>

#include "train/resuming.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Calls `other` in this thread while `running` is inside its pipeline in another one.
template <class Running, class Other>
void check_refuses(const Running& running, const Other& other, const char* both) {
  std::promise<void> inside;
  std::promise<void> done;
  std::shared_future<void> may_end = done.get_future().share();
  const data::Pipeline waits =
      data::from(many_classes(4, 4, 3)).batch(4).map([&](data::Sample& sample) {
        if (sample.row() != 0) return;
        inside.set_value();
        may_end.wait();
      });
  std::thread thread([&] { running(waits); });
  inside.get_future().wait();
  expect<UsageError>(other, {both, "in another thread", "give each thread its own"});
  done.set_value();
  thread.join();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(one_thread_at_a_time, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(a_predictor) {
  const Folder folder;
  const auto file = folder / "model.safetensors";
  make_trainer(two_layers, optim::adam(0.01))->save(file);
  Graph g;
  const Model m = two_layers(g);
  Predictor predictor{g, m, file};
  const data::Pipeline data = data::from(many_classes(40, 4, 3)).batch(8);
  const std::vector<float> expected = predictor.predict(data);
  check_refuses([&](const data::Pipeline& waits) { (void)predictor.predict(waits); },
                [&] { (void)predictor.predict(data); },
                "predict() was called while predict() of the same predictor is running");
  check_refuses([&](const data::Pipeline& waits) { (void)predictor.evaluate(waits); },
                [&] { (void)predictor.predict_as<double>(data); },
                "predict() was called while evaluate() of the same predictor is running");
  check_refuses([&](const data::Pipeline& waits) { (void)predictor.predict(waits); },
                [&] { (void)predictor.evaluate(data); },
                "evaluate() was called while predict() of the same predictor is running");
  BOOST_TEST((predictor.predict(data) == expected));
}

BOOST_AUTO_TEST_CASE(a_trainer) {
  const auto trainer = make_trainer(two_layers, optim::adam(0.01));
  const data::Pipeline data = data::from(many_classes(40, 4, 3)).batch(8);
  const FitOptions quiet{.progress = false, .preflight = false};
  const auto fits = [&](const data::Pipeline& waits) { (void)trainer->fit(waits, quiet); };
  trainer->prepare(8);
  check_refuses(
      fits, [&] { (void)trainer->predict(data); }, "predict() was called while fit()");
  check_refuses(
      fits, [&] { (void)trainer->fit(data, quiet); }, "fit() was called while fit()");
  check_refuses(
      fits, [&] { trainer->step(); }, "step() was called while fit()");
  check_refuses(
      fits, [&] { trainer->set("learning_rate", 1); }, "set() was called while fit()");
  const Folder folder;
  check_refuses(
      fits, [&] { trainer->save(folder / "torn"); }, "save() was called while fit()");
  BOOST_TEST(!std::filesystem::exists(folder / "torn"));
  BOOST_TEST(trainer->fit(data, quiet).size() == 1U);
}

BOOST_AUTO_TEST_CASE(others_are_never_mixed_up) {
  const Folder folder;
  const auto file = folder / "model.safetensors";
  make_trainer(two_layers, optim::adam(0.01))->save(file);
  Graph g;
  const Model m = two_layers(g);
  Predictor predictor{g, m, file, {.threads = 1}};
  const data::Dataset rows = many_classes(6, 4, 3);
  std::vector<std::vector<float>> expected;
  const auto one = [&](std::int64_t row) { return data::from(rows.select({row})).batch(1); };
  for (std::int64_t row = 0; row < 6; ++row) expected.push_back(predictor.predict(one(row)));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::int64_t row = 0; row < 6; ++row)
    threads.emplace_back([&, row] {
      for (int i = 0; i < 300; ++i) {
        try {
          if (predictor.predict(one(row)) != expected[static_cast<std::size_t>(row)]) ++wrong;
        } catch (const UsageError&) {
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
