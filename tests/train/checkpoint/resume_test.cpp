// Training that goes on from a checkpoint is the same, bit for bit, as without an interruption.
#include "train/resuming.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

data::Dataset fifty_samples() {
  return many_classes(50, 4, 3);
}
/// 4 steps an epoch, the last one of 2 samples.
data::Pipeline shuffled() {
  return data::from(fifty_samples()).shuffle(7).batch(16);
}
FitOptions three_epochs() {
  return {.epochs = 3};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resume)

BOOST_AUTO_TEST_CASE(with_sgd) {
  check_resumes(
      {[] { return make_trainer(two_layers, optim::sgd(0.1)); }, shuffled(), three_epochs},
      {1, 4, 6, 11, 12});
}

BOOST_AUTO_TEST_CASE(with_adam_and_metrics) {
  const auto options = [] {
    return FitOptions{.epochs = 3,
                      .evaluation = data::from(many_classes(20, 4, 3, 2)),
                      .metrics = {metrics::accuracy()},
                      .training_metrics = true};
  };
  check_resumes({[] { return make_trainer(two_layers, optim::adam(0.01)); }, shuffled(), options},
                {3, 8, 10});
}

BOOST_AUTO_TEST_CASE(with_random_numbers_of_the_model) {
  check_resumes(
      {[] { return make_trainer(with_dropout, optim::adam(0.01)); }, shuffled(), three_epochs},
      {2, 4, 7});
}

BOOST_AUTO_TEST_CASE(with_statistics_of_the_model) {
  check_resumes({[] { return make_trainer(with_batch_norm, optim::sgd_momentum(0.01)); },
                 data::from(fifty_samples()).shuffle(7).batch(16, data::Tail::drop), three_epochs},
                {2, 3, 7});
}

BOOST_AUTO_TEST_CASE(in_parts_of_batches) {
  const auto trainer = [] {
    return make_trainer(two_layers, optim::adam(0.01), {.micro_batch = 4});
  };
  check_resumes({trainer, shuffled(), three_epochs}, {1, 3, 4, 6});
  const auto accumulating = [] { return FitOptions{.epochs = 3, .accumulate = 3}; };
  check_resumes({[] { return make_trainer(two_layers, optim::adam(0.01)); },
                 data::from(fifty_samples()).shuffle(7).batch(6), accumulating},
                {1, 3, 5});
}

BOOST_AUTO_TEST_CASE(with_random_augmentation_by_two_workers) {
  const data::Pipeline noisy = shuffled()
                                   .map([](data::Sample& sample) {
                                     const auto seed =
                                         static_cast<double>(sample.random_seed() >> 40);
                                     for (float& v : sample.field<float>("x"))
                                       v += static_cast<float>(0.1 * seed / 0x1p24);
                                   })
                                   .workers(2)
                                   .prefetch(3);
  check_resumes({[] { return make_trainer(two_layers, optim::sgd(0.1)); }, noisy, three_epochs},
                {2, 5, 8});
}

BOOST_AUTO_TEST_CASE(with_orders_of_all_kinds) {
  const auto trainer = [] { return make_trainer(two_layers, optim::sgd(0.1)); };
  check_resumes({trainer, data::from(fifty_samples()).shuffle_buffer(9, 3).batch(16), three_epochs},
                {2, 5});
  check_resumes(
      {trainer, data::from(fifty_samples()).class_balanced("label", 3).batch(16), three_epochs},
      {5});
  check_resumes({trainer, shuffled().shard(1, 2).repeat(2), three_epochs}, {5});
}

BOOST_AUTO_TEST_CASE(with_an_early_stop_that_puts_the_best_back) {
  // Rates this high make losses go up and down.
  const auto options = [] {
    return FitOptions{.epochs = 20,
                      .early_stopping = EarlyStoppingOptions{.monitor = "loss", .patience = 1}};
  };
  const Way way{[] { return make_trainer(two_layers, optim::sgd(3)); }, shuffled(), options};
  std::vector<double> steps;
  const auto trainer = way.trainer();
  const History history = run(*trainer, way, {}, steps);
  BOOST_TEST_REQUIRE(history.size() < 20U);
  BOOST_TEST_REQUIRE(history.back().notes.size() == 1U);
  const auto last = static_cast<std::int64_t>(4 * history.size());
  check_resumes(way, {3, 6, last - 3, last - 1});
}

BOOST_AUTO_TEST_CASE(with_a_rate_that_depends_on_losses) {
  const auto options = [] {
    return FitOptions{.epochs = 6,
                      .schedule = reduce_on_plateau(2, {.factor = 0.5, .patience = 0})};
  };
  const Way way{[] { return make_trainer(two_layers, optim::sgd(3)); }, shuffled(), options};
  std::vector<double> steps;
  const auto trainer = way.trainer();
  const History history = run(*trainer, way, {}, steps);
  BOOST_TEST_REQUIRE(*history.back().learning_rate < 2);  // it was reduced
  check_resumes(way, {5, 12, 18, 22});
}

BOOST_AUTO_TEST_CASE(after_an_exception_of_a_transform) {
  const Way way{[] { return make_trainer(two_layers, optim::adam(0.01)); }, shuffled(),
                three_epochs};
  std::vector<double> all_steps;
  const auto uninterrupted = way.trainer();
  const History expected = run(*uninterrupted, way, {}, all_steps);
  for (const int workers : {1, 2}) {
    const Folder folder;
    const auto file = folder / "run.safetensors";
    Way broken = way;
    broken.data = way.data.workers(workers).map([](data::Sample& sample) {
      if (sample.epoch() == 1 && sample.row() == 13) throw std::runtime_error("unreadable");
    });
    std::vector<double> steps;
    const auto trainer = way.trainer();
    BOOST_CHECK_THROW(run(*trainer, broken, file, steps, 1), std::runtime_error);
    BOOST_TEST(Checkpoint(file).epoch() == 1);
    // In the same trainer, or a new one.
    const auto again = workers == 1 ? nullptr : way.trainer();
    TrainerBase& next = again ? *again : *trainer;
    check_same(run(next, way, file, steps), expected);
    BOOST_TEST((steps == all_steps));
    BOOST_TEST((variables_of(next) == variables_of(*uninterrupted)));
  }
}

BOOST_AUTO_TEST_CASE(in_other_parts_when_the_budget_is_another) {
  const Way whole{[] { return make_trainer(two_layers, optim::sgd(0.1)); }, shuffled(),
                  three_epochs};
  Way in_parts = whole;
  in_parts.trainer = [] { return make_trainer(two_layers, optim::sgd(0.1), {.micro_batch = 4}); };
  std::vector<double> expected;
  const auto uninterrupted = whole.trainer();
  run(*uninterrupted, whole, {}, expected);
  for (const auto& [before, after] : {std::pair{whole, in_parts}, std::pair{in_parts, whole}}) {
    const Folder folder;
    const auto file = folder / "run.safetensors";
    std::vector<double> steps;
    const auto first = before.trainer();
    run(*first, before, file, steps, 0, 6);
    const auto second = after.trainer();
    BOOST_TEST(run(*second, after, file, steps).size() == 3U);
    BOOST_TEST_REQUIRE(steps.size() == expected.size());
    for (std::size_t i = 0; i < steps.size(); ++i)  // rounding differs
      BOOST_TEST(std::abs(steps[i] - expected[i]) < 1e-4);
  }
}

BOOST_AUTO_TEST_SUITE_END()
