#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/diagnose/findings/divergence.hpp>
#include <limits>
#include <random>
#include <string>

#include "support/function_ref.hpp"

using namespace foregraph;

namespace {

/// The first finding of `steps` losses, "" if there is none.
std::string found(int steps, foregraph::test::FunctionRef<double(int)> loss) {
  DivergenceDetector detector;
  for (int i = 0; i < steps; ++i)
    if (const auto finding = detector.add(loss(i))) return finding->id;
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(divergence)

BOOST_AUTO_TEST_CASE(healthy_losses_are_silent_whatever_their_noise) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    const auto falling = [&](int i) {
      return 0.3 + 2 * std::exp(-i / 300.0) + 0.5 * normal(random);
    };
    BOOST_TEST(found(5000, falling) == "", "falling, seed " << seed);
    const auto plateau = [&](int) { return 2.3 + 0.05 * normal(random); };
    BOOST_TEST(found(5000, plateau) == "", "plateau, seed " << seed);
    const auto spikes = [&](int i) {
      return 0.5 + 2 * std::exp(-i / 100.0) + (random() % 200 == 0 ? 15 : 0.1 * normal(random));
    };
    BOOST_TEST(found(5000, spikes) == "", "spikes, seed " << seed);
    const auto waves = [&](int i) { return 1 + 0.04 * std::sin(i / 60.0) + 0.05 * normal(random); };
    BOOST_TEST(found(5000, waves) == "", "waves, seed " << seed);
    const auto heavy = [&](int) { return std::exp(1.5 * normal(random)); };
    const std::string id = found(60, heavy);
    BOOST_TEST(found(60, heavy) != "divergence", "heavy tails, seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(a_loss_that_rises_for_long_diverges) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    const auto loss = [&](int i) {
      return (i < 1000 ? 0.5 + 2 * std::exp(-i / 200.0) : 0.5 + (i - 1000) / 400.0) +
             0.3 * normal(random);
    };
    BOOST_TEST(found(2000, loss) == "divergence", "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(an_exponential_start_explodes) {
  BOOST_TEST(found(50, [](int i) { return 2.0 * std::pow(1.5, i); }) == "loss-explodes");
  BOOST_TEST(found(3, [](int i) { return i == 0 ? 0.7 : 1000.0; }) == "loss-explodes");
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_is_found_at_its_step_and_once) {
  const double infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(found(10, [&](int i) { return i == 5 ? infinity : 1.0; }) == "loss-explodes");
  DivergenceDetector detector;
  int findings = 0;
  for (int i = 0; i < 300; ++i) {
    const auto finding = detector.add(i < 200 ? 1.0 : std::nan(""));
    if (!finding) continue;
    ++findings;
    BOOST_TEST(i == 200);
    BOOST_TEST(finding->id == "divergence");
    BOOST_TEST((finding->severity == Severity::error));
    BOOST_TEST(finding->what == "the loss of step 201 is nan; the lowest loss before was 1");
    BOOST_TEST(finding->figures[0].value == 201);
  }
  BOOST_TEST(findings == 1);
}

BOOST_AUTO_TEST_CASE(a_loss_that_jumps_to_and_fro_from_the_start_oscillates) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  BOOST_TEST(found(200, [&](int i) {
               return 2 + (i % 2 == 0 ? 0.8 : -0.8) + 0.05 * normal(random);
             }) == "loss-oscillates");
}

BOOST_AUTO_TEST_CASE(a_loss_that_need_not_fall_is_watched_for_failed_numbers_only) {
  DivergenceDetector detector({.watch_rises = false});
  for (int i = 0; i < 2000; ++i)
    BOOST_TEST(!detector.add(1 + 0.002 * i + 0.01 * (i % 2)).has_value());
  const auto failed = detector.add(std::numeric_limits<double>::quiet_NaN());
  BOOST_REQUIRE(failed.has_value());
  BOOST_TEST(failed->id == "divergence");
  BOOST_TEST(found(2000, [](int i) { return 1 + 0.002 * i + 0.01 * (i % 2); }) == "divergence");
}

BOOST_AUTO_TEST_SUITE_END()
