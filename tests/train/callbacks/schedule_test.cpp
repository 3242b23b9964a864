#include <boost/test/unit_test.hpp>
#include <cmath>
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
  const auto p = fg::nn::dense(x, 1, "out");
  return fg::Model{.loss = fg::nn::mean_squared_error(p, y), .outputs = {p}};
};
fg::data::Pipeline four_steps() {
  return fg::data::from(fg::test::two_classes(64, 4)).shuffle(3).batch(16);
}
void expect_refused(const std::string& message, FunctionRef<void()> make) {
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
}

// From the definition of torch.optim.lr_scheduler.OneCycleLR: phases that end at steps
// pct_start * total_steps - 1 and total_steps - 1, annealed by the cosine.
BOOST_AUTO_TEST_CASE(one_cycle_is_that_of_pytorch) {
  const auto check = [](const fg::Schedule& s, std::int64_t step, double expected) {
    check_close(expected, s.rate(step), 1e-12, "rate at step " + std::to_string(step));
  };
  const fg::Schedule cycle = fg::one_cycle(1, 100);
  check(cycle, 0, 0.04);
  check(cycle, 1, 0.042813780565907456);
  check(cycle, 14, 0.49401332387899954);
  check(cycle, 28, 0.9971862194340926);
  check(cycle, 29, 1);
  check(cycle, 30, 0.9994965352845243);
  check(cycle, 64, 0.500002);
  check(cycle, 98, 0.0005074647154757879);
  check(cycle, 99, 4e-6);
  check(cycle, 100, 4e-6);
  check(cycle, 1000, 4e-6);

  const fg::Schedule ten = fg::one_cycle(0.1, 10);
  const std::vector<double> rates{0.004,
                                  0.052,
                                  0.1,
                                  0.09504846320134738,
                                  0.0811745653949763,
                                  0.06112620219362893,
                                  0.03887419780637107,
                                  0.0188258346050237,
                                  0.004951936798652629,
                                  4e-7};
  for (std::size_t step = 0; step < rates.size(); ++step)
    check(ten, static_cast<std::int64_t>(step), rates[step]);

  // The peak lies between two steps; div_factor 10, final_div_factor 100.
  const fg::Schedule five =
      fg::one_cycle(1, 5, {.rising_share = 0.5, .first_divisor = 10, .last_divisor = 1000});
  check(five, 0, 0.1);
  check(five, 1, 0.775);
  check(five, 2, 0.9046039886902862);
  check(five, 3, 0.3461460113097138);
  check(five, 4, 0.001);

  // Too few steps to rise, where PyTorch begins beyond the peak, or at it.
  const fg::Schedule three = fg::one_cycle(1, 3);
  check(three, 0, 0.9944154354509117);
  check(three, 1, 0.46263710266697505);
  check(three, 2, 4e-6);
  check(fg::one_cycle(1, 10, {.rising_share = 0.1}), 0, 1);
  check(fg::one_cycle(1, 1), 0, 4e-6);
}

// PyTorch's CosineAnnealingLR and LinearLR, Keras' ExponentialDecay and PyTorch's StepLR, at the
// first step, the last one and those beside.
BOOST_AUTO_TEST_CASE(the_others_begin_and_end_where_their_definitions_do) {
  const auto check = [](const fg::Schedule& s, std::int64_t step, double expected) {
    check_close(expected, s.rate(step), 1e-12, "rate at step " + std::to_string(step));
  };
  const fg::Schedule cosine = fg::cosine_decay(1, 4);
  check(cosine, 0, 1);
  check(cosine, 1, 0.5 + std::sqrt(2.0) / 4);
  check(cosine, 2, 0.5);
  check(cosine, 3, 0.5 - std::sqrt(2.0) / 4);
  check(cosine, 4, 0);
  const fg::Schedule warm = fg::cosine_decay(1, 6, 2);
  check(warm, 0, 0.5);
  check(warm, 1, 1);
  check(warm, 2, 1);
  check(warm, 4, 0.5);
  check(warm, 6, 0);
  const fg::Schedule line = fg::linear_decay(1, 0, 4);
  check(line, 0, 1);
  check(line, 3, 0.25);
  check(line, 4, 0);
  const fg::Schedule power = fg::exponential_decay(1, 0.25, 2);
  check(power, 0, 1);
  check(power, 1, 0.5);
  check(power, 2, 0.25);
  const fg::Schedule stairs = fg::step_decay(1, 0.5, 3);
  check(stairs, 2, 1);
  check(stairs, 3, 0.5);
  check(stairs, 5, 0.5);
  check(stairs, 6, 0.25);
}

// ReduceLROnPlateau with patience 2: the third bad epoch in a row lowers the rate.
BOOST_AUTO_TEST_CASE(a_plateau_is_waited_for_as_in_pytorch) {
  const fg::Schedule s = fg::reduce_on_plateau(1, {.factor = 0.5, .patience = 2});
  const std::vector<double> expected{1, 1, 1, 0.5, 0.5, 0.5, 0.25};
  for (std::size_t epoch = 0; epoch < expected.size(); ++epoch) {
    s.after_epoch(1);
    check_close(expected[epoch], s.rate(0), 1e-12, "rate after epoch " + std::to_string(epoch));
  }
  const fg::Schedule threshold = fg::reduce_on_plateau(1, {.factor = 0.5, .patience = 0});
  threshold.after_epoch(1);
  threshold.after_epoch(0.99985);  // better by more than 1e-4 of the best
  BOOST_TEST(threshold.rate(0) == 1);
  threshold.after_epoch(0.99985 * 0.99995);  // not by enough
  BOOST_TEST(threshold.rate(0) == 0.5);
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
  const auto data_error = [](const std::string& message, FunctionRef<void()> call) {
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
  data_error("has waited 4 epochs, but patience is 3", restore(plateau, {1, 0, 1, 4}));
  data_error("a learning-rate schedule without state: the saved state has 4 numbers, expected 0",
             restore(fg::linear_decay(1, 0, 5), before));
  BOOST_TEST(plateau.state() == before, boost::test_tools::per_element());
  expect_refused("a schedule needs both 'state' and 'restore'",
                 [] { (void)fg::Schedule({}, {}, [] { return std::vector<double>{}; }, {}); });
}

BOOST_AUTO_TEST_CASE(the_trainer_sets_the_rate_of_each_step) {
  std::vector<std::int64_t> asked;
  const fg::Schedule half_each_step([&](std::int64_t step) {
    asked.push_back(step);
    return 0.1 * std::pow(0.5, static_cast<double>(step));
  });
  fg::Trainer<regression> trainer{fg::optim::sgd(7)};
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
    fg::Trainer<regression> trainer{fg::optim::adam()};
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
  fg::Trainer<regression> trainer{fg::optim::sgd(1)};
  const float before = trainer.variable<float>("out/weight")[0];
  (void)trainer.fit(four_steps(), {.progress = false, .schedule = fg::linear_decay(0, 0, 1)});
  BOOST_TEST(trainer.variable<float>("out/weight")[0] == before);
}

BOOST_AUTO_TEST_CASE(without_a_schedule_the_rate_stays) {
  fg::Trainer<regression> trainer{fg::optim::sgd(0.25)};
  const fg::History history = trainer.fit(four_steps(), {.progress = false});
  BOOST_TEST(history[0].learning_rate.value() == 0.25);
}

BOOST_AUTO_TEST_CASE(an_optimizer_without_a_learning_rate_is_named) {
  struct Fixed {
    constexpr void apply(fg::Graph& g, std::span<const fg::optim::Gradient> gradients) const {
      for (const fg::optim::Gradient& each : gradients) {
        const fg::Tensor p = fg::optim::variable(g, each.variable);
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
  fg::Trainer<regression> trainer{fg::optim::sgd()};
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
