#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <random>

#include "support/op_check.hpp"
#include "support/training_data.hpp"

namespace fg = foregraph;
using fg::test::check_close;
using fg::test::check_contains;

namespace {

constexpr auto regression = [](fg::Graph& g) {
  const auto x = g.input("x", {fg::batch, 4});
  const auto y = g.input("label", {fg::batch, 1});
  const auto p = fg::dense(x, 1, "out");
  return fg::Model{.loss = fg::mean_squared_error(p, y), .outputs = {p}};
};
fg::Pipeline four_steps() {
  return fg::from(fg::test::two_classes(64, 4)).shuffle(3).batch(16);
}
void expect_refused(const std::string& message, const std::function<void()>& make) {
  BOOST_CHECK_EXCEPTION(make(), fg::UsageError, [&](const fg::UsageError& error) {
    check_contains(error.what(), message);
    return true;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schedule)

BOOST_AUTO_TEST_CASE(rates_at_key_steps) {
  const auto at = [](const fg::Schedule& s, std::int64_t step, double expected) {
    check_close(expected, s.rate(step), 1e-12, "rate at step " + std::to_string(step));
  };
  const fg::Schedule steps = fg::step_decay(0.8, 0.5, 10);
  at(steps, 0, 0.8);
  at(steps, 9, 0.8);
  at(steps, 10, 0.4);
  at(steps, 25, 0.2);
  const fg::Schedule exponential = fg::exponential_decay(0.8, 0.25, 10);
  at(exponential, 5, 0.4);
  at(exponential, 10, 0.2);
  const fg::Schedule line = fg::linear_decay(1, 0.5, 100);
  at(line, 50, 0.75);
  at(line, 100, 0.5);
  at(line, 1000, 0.5);
  const fg::Schedule cosine = fg::cosine_decay(1, 110, 10, 0.2);
  at(cosine, 0, 0.1);
  at(cosine, 9, 1);
  at(cosine, 10, 1);
  at(cosine, 60, 0.6);
  at(cosine, 110, 0.2);
  at(cosine, 500, 0.2);
  const fg::Schedule cycle = fg::one_cycle(1, 100);
  at(cycle, 0, 0.04);
  at(cycle, 15, 0.52);
  at(cycle, 30, 1);
  at(cycle, 65, 0.5 + 0.5 / 250'000);
  at(cycle, 100, 1.0 / 250'000);
}

BOOST_AUTO_TEST_CASE(a_plateau_lowers_the_rate) {
  const fg::Schedule s = fg::reduce_on_plateau(1, {.factor = 0.5, .patience = 1, .lowest = 0.2});
  const std::vector<double> losses{NAN, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1};
  const std::vector<double> expected{1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2};
  for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
    s.after_epoch(losses[epoch]);
    check_close(expected[epoch], s.rate(0), 1e-12, "rate after epoch " + std::to_string(epoch));
  }
}

BOOST_AUTO_TEST_CASE(a_restored_schedule_goes_on_as_the_uninterrupted_one) {
  const auto make = [] {
    return fg::reduce_on_plateau(1, {.factor = 0.7, .patience = 2, .lowest = 0.01});
  };
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    const auto loss = [&] {
      return random() % 10 == 0 ? std::nan("") : static_cast<double>(random() % 100) - 50;
    };
    const fg::Schedule whole = make();
    fg::Schedule parts = make();
    for (int epoch = 0; epoch < 60; ++epoch) {
      const double value = loss();
      whole.after_epoch(value);
      parts.after_epoch(value);
      if (random() % 4 == 0) {
        const std::vector<double> saved = parts.state();
        for (const double number : saved) BOOST_TEST(std::isfinite(number));
        parts = make();
        parts.restore(saved);
      }
      BOOST_TEST(parts.rate(epoch) == whole.rate(epoch), "seed " << seed << ", epoch " << epoch);
      BOOST_TEST(parts.state() == whole.state(), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(schedules_of_ones_own_have_state_too) {
  double seen = 0;
  const fg::Schedule mine([&](std::int64_t) { return seen; }, [&](double loss) { seen += loss; },
                          [&] { return std::vector<double>{seen}; },
                          [&](std::span<const double> state) { seen = state[0]; });
  mine.after_epoch(3);
  const std::vector<double> saved = mine.state();
  mine.after_epoch(4);
  mine.restore(saved);
  BOOST_TEST(mine.rate(0) == 3);
  BOOST_TEST(fg::step_decay(1, 0.5, 10).state().empty());
  fg::step_decay(1, 0.5, 10).restore({});
  fg::Schedule().restore({});
}

BOOST_AUTO_TEST_CASE(a_state_of_something_else_is_refused) {
  const auto data_error = [](const std::string& message, const std::function<void()>& call) {
    BOOST_CHECK_EXCEPTION(call(), fg::DataError, [&](const fg::DataError& error) {
      check_contains(error.what(), message);
      return true;
    });
  };
  const auto restore = [](const fg::Schedule& schedule, std::vector<double> state) {
    return [schedule, state] { schedule.restore(state); };
  };
  const fg::Schedule plateau = fg::reduce_on_plateau(1, {.patience = 3});
  plateau.after_epoch(5);
  const std::vector<double> before = plateau.state();
  data_error("reduce_on_plateau: the saved state has 1 numbers, expected 4", restore(plateau, {1}));
  data_error("the saved state holds nan", restore(plateau, {1, NAN, 1, 0}));
  data_error("the rate in the saved state is -1.0", restore(plateau, {-1, 0, 1, 0}));
  data_error("the number of epochs waited in the saved state is 0.5",
             restore(plateau, {1, 0, 1, 0.5}));
  data_error("4 epochs have been waited for, but patience is 3", restore(plateau, {1, 0, 1, 4}));
  data_error("a learning-rate schedule without state: the saved state has 4 numbers, expected 0",
             restore(fg::linear_decay(1, 0, 5), before));
  BOOST_TEST(plateau.state() == before, boost::test_tools::per_element());
  expect_refused("a schedule needs both state and restore",
                 [] { (void)fg::Schedule({}, {}, [] { return std::vector<double>{}; }, {}); });
}

BOOST_AUTO_TEST_CASE(the_trainer_sets_the_rate_of_each_step) {
  std::vector<std::int64_t> asked;
  const fg::Schedule half_each_step([&](std::int64_t step) {
    asked.push_back(step);
    return 0.1 * std::pow(0.5, static_cast<double>(step));
  });
  fg::Trainer<regression> trainer{fg::sgd(7)};
  // The preflight would ask for rates as well.
  const fg::History history =
      trainer.fit(four_steps(),
                  {.epochs = 2, .progress = false, .schedule = half_each_step, .preflight = false});
  const std::vector<std::int64_t> expected{0, 1, 2, 3, 4, 5, 6, 7};
  BOOST_TEST(asked == expected, boost::test_tools::per_element());
  check_close(0.1 / 8, history[0].learning_rate.value(), 1e-12, "rate of the first epoch");
  check_close(0.1 / 128, history[1].learning_rate.value(), 1e-12, "rate of the second epoch");
}

BOOST_AUTO_TEST_CASE(steps_count_on_over_several_fits) {
  const auto trained = [](int fits) {
    fg::Trainer<regression> trainer{fg::adam()};
    for (int i = 0; i < fits; ++i)
      (void)trainer.fit(
          four_steps(),
          {.epochs = 2 / fits, .progress = false, .schedule = fg::cosine_decay(0.1, 8, 2)});
    const auto weights = trainer.variable<float>("out/weight");
    return std::vector<float>(weights.begin(), weights.end());
  };
  BOOST_TEST(trained(1) == trained(2), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rate_of_zero_changes_nothing) {
  fg::Trainer<regression> trainer{fg::sgd(1)};
  const float before = trainer.variable<float>("out/weight")[0];
  (void)trainer.fit(four_steps(), {.progress = false, .schedule = fg::linear_decay(0, 0, 1)});
  BOOST_TEST(trainer.variable<float>("out/weight")[0] == before);
}

BOOST_AUTO_TEST_CASE(without_a_schedule_the_rate_stays) {
  fg::Trainer<regression> trainer{fg::sgd(0.25)};
  const fg::History history = trainer.fit(four_steps(), {.progress = false});
  BOOST_TEST(history[0].learning_rate.value() == 0.25);
}

BOOST_AUTO_TEST_CASE(an_optimizer_without_a_learning_rate_is_named) {
  struct Fixed {
    constexpr void apply(fg::Graph& g, std::span<const fg::Gradient> gradients) const {
      for (const fg::Gradient& each : gradients) {
        const fg::Tensor p = fg::variable(g, each.variable);
        fg::update(g, each.variable, p - each.gradient * 0.1);
      }
    }
  };
  fg::Graph g;
  const fg::Model model = regression(g);
  fg::Trainer trainer{g, model, Fixed{}};
  expect_refused("the model has no setting 'learning_rate'; it has none", [&] {
    (void)trainer.fit(four_steps(), {.progress = false, .schedule = fg::linear_decay(1, 0, 10)});
  });
  BOOST_TEST(!trainer.fit(four_steps(), {.progress = false})[0].learning_rate.has_value());
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused) {
  fg::Trainer<regression> trainer{fg::sgd()};
  expect_refused("there is no program yet; call prepare() or fit() first", [&] { trainer.step(); });
  expect_refused("there is no program yet", [&] { (void)trainer.loss(); });
  expect_refused("setting 'learning_rate' cannot be nan",
                 [&] { trainer.set("learning_rate", NAN); });
  expect_refused("step_decay: the initial rate is -1.000000, expected 0 or more",
                 [] { (void)fg::step_decay(-1, 0.5, 10); });
  expect_refused("step_decay: factor is 1.500000, expected above 0 and at most 1",
                 [] { (void)fg::step_decay(1, 1.5, 10); });
  expect_refused("exponential_decay: the number of steps is 0.000000, expected at least 1",
                 [] { (void)fg::exponential_decay(1, 0.5, 0); });
  expect_refused("linear_decay: the last rate is nan", [] { (void)fg::linear_decay(1, NAN, 5); });
  expect_refused(
      "cosine_decay: the number of warm-up steps is 10.000000, expected at least 0 and less",
      [] { (void)fg::cosine_decay(1, 10, 10); });
  expect_refused("one_cycle: the rising share is 1.000000",
                 [] { (void)fg::one_cycle(1, 10, {.rising_share = 1}); });
  expect_refused("reduce_on_plateau: patience is -1.000000",
                 [] { (void)fg::reduce_on_plateau(1, {.patience = -1}); });
}

BOOST_AUTO_TEST_SUITE_END()
