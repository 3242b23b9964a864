#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/callbacks/early_stopping.hpp>
#include <random>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// The epoch after which training stops, or -1.
std::int64_t stops_after(EarlyStopping stopping, const std::vector<double>& values) {
  for (std::size_t epoch = 0; epoch < values.size(); ++epoch)
    if (stopping.after_epoch(static_cast<std::int64_t>(epoch), values[epoch]))
      return static_cast<std::int64_t>(epoch);
  return -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(early_stopping)

BOOST_AUTO_TEST_CASE(patience_is_how_many_epochs_may_bring_nothing) {
  const std::vector<double> values{5, 4, 4, 3, 3.5, 3, 3.1, 2};
  BOOST_TEST(stops_after(EarlyStopping({.patience = 0}), values) == 2);
  BOOST_TEST(stops_after(EarlyStopping({.patience = 1}), values) == 5);
  BOOST_TEST(stops_after(EarlyStopping({.patience = 2}), values) == 6);
  BOOST_TEST(stops_after(EarlyStopping({.patience = 3}), values) == -1);
  EarlyStopping stopping({.patience = 1});
  for (std::int64_t epoch = 0; epoch < 6; ++epoch)
    (void)stopping.after_epoch(epoch, values[static_cast<std::size_t>(epoch)]);
  BOOST_TEST(stopping.stopped());
  BOOST_TEST(stopping.best().epoch() == 3);
  BOOST_TEST(stopping.best().value() == 3);
  BOOST_TEST(stopping.epochs_without_improvement() == 2);
}

BOOST_AUTO_TEST_CASE(larger_can_be_better) {
  const EarlyStoppingOptions options{.better = Better::larger, .patience = 0};
  BOOST_TEST(stops_after(EarlyStopping(options), {0.1, 0.5, 0.6, 0.6}) == 3);
  BOOST_TEST(stops_after(EarlyStopping(options), {-3, -2, -1}) == -1);
}

BOOST_AUTO_TEST_CASE(a_small_improvement_is_none) {
  const EarlyStoppingOptions options{.patience = 1, .least_improvement = 0.5};
  BOOST_TEST(stops_after(EarlyStopping(options), {5, 4.75, 4.5}) == 2);  // exactly 0.5 is not more
  BOOST_TEST(stops_after(EarlyStopping(options), {5, 4.75, 4.25, 4}) == -1);
}

BOOST_AUTO_TEST_CASE(nan_and_infinities_are_no_improvement) {
  BOOST_TEST(stops_after(EarlyStopping({.patience = 1}), {NAN, NAN}) == 1);
  BOOST_TEST(stops_after(EarlyStopping({.patience = 1}), {NAN, 7, NAN, 6}) == -1);
  BOOST_TEST(stops_after(EarlyStopping({.patience = 0}), {7, -INFINITY}) == 1);
  BestKeeper best(Better::larger);
  BOOST_TEST(!best.after_epoch(0, NAN));
  BOOST_TEST(!best.after_epoch(1, INFINITY));
  BOOST_TEST(best.epoch() == -1);
  BOOST_TEST(best.after_epoch(2, -8));
  BOOST_TEST(!best.after_epoch(3, -8));
  BOOST_TEST(best.after_epoch(4, -7.5));
  BOOST_TEST(best.epoch() == 4);
  BOOST_TEST(best.value() == -7.5);
}

BOOST_AUTO_TEST_CASE(the_watched_value_is_found_by_name) {
  EarlyStopping stopping({.monitor = "accuracy", .better = Better::larger, .patience = 0});
  BOOST_TEST(!stopping.after_epoch(0, {{"loss", 1}, {"accuracy", 0.5}}));
  BOOST_TEST(stopping.after_epoch(1, {{"loss", 0.5}, {"accuracy", 0.5}}));
  expect<UsageError>(
      [&] {
        (void)stopping.after_epoch(2, {{"loss", 1}, {"auc", 0.5}});
      },
      {"early stopping: there is no value 'accuracy' after an epoch; the values are 'loss', "
       "'auc'"});
  expect<UsageError>([&] { (void)stopping.after_epoch(2, NamedValues{}); },
                     {"the values are none"});
}

BOOST_AUTO_TEST_CASE(restored_it_goes_on_as_if_nothing_had_happened) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    const EarlyStoppingOptions options{.better = seed % 2 == 0 ? Better::smaller : Better::larger,
                                       .patience = static_cast<std::int64_t>(random() % 4),
                                       .least_improvement = 1};
    EarlyStopping whole(options);
    EarlyStopping parts(options);
    for (std::int64_t epoch = 0; epoch < 30; ++epoch) {
      const double value = random() % 8 == 0 ? std::nan("") : static_cast<double>(random() % 50);
      const bool stop = whole.after_epoch(epoch, value);
      BOOST_TEST(parts.after_epoch(epoch, value) == stop, "seed " << seed << " epoch " << epoch);
      const std::vector<double> saved = parts.state();
      for (const double number : saved) BOOST_TEST(std::isfinite(number));
      parts = EarlyStopping(options);
      parts.restore(saved);
      BOOST_TEST(parts.stopped() == stop);
      BOOST_TEST(parts.best().epoch() == whole.best().epoch());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused) {
  expect<UsageError>([] { (void)EarlyStopping({.patience = -1}); },
                     {"early stopping: patience is -1, expected at least 0 epochs"});
  expect<UsageError>([] { (void)EarlyStopping({.least_improvement = -0.5}); },
                     {"the minimum improvement is -0.500000, expected 0 or more"});
  expect<UsageError>([] { (void)EarlyStopping({.monitor = ""}); }, {"monitor is empty"});
  expect<UsageError>([] { (void)BestKeeper(Better::larger, NAN); }, {"improvement is nan"});
  EarlyStopping stopping({});
  (void)stopping.after_epoch(3, 2.5);
  const std::vector<double> before = stopping.state();
  const auto restore = [&](std::vector<double> state) { stopping.restore(state); };
  expect<DataError>([&] { restore({1}); },
                    {"early stopping: the saved state has 1 numbers, expected 3"});
  expect<DataError>([&] { restore({1, INFINITY, 0}); }, {"the saved state holds inf"});
  expect<DataError>([&] { restore({-2, 1, 0}); }, {"the epoch in the saved state is -2"});
  expect<DataError>([&] { restore({1, 1, 0.5}); }, {"epochs waited in the saved state is 0.5"});
  BOOST_TEST(stopping.state() == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
