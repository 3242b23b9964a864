#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/detail/diagnose/findings/batch_means.hpp>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

using foregraph::BatchMeans;

namespace {

using Values = std::vector<double>;
using Draw = double (*)(std::mt19937_64&);

Values drawn(std::size_t count, Draw draw, unsigned seed) {
  std::mt19937_64 random(seed);
  Values values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(draw(random));
  return values;
}

std::int64_t alarm_after(BatchMeans& test, const Values& values, std::size_t batch) {
  for (std::size_t first = 0; first < values.size(); first += batch) {
    test.add_batch(std::span(values).subspan(first, std::min(batch, values.size() - first)));
    if (test.pooled().too_uneven() || test.pooled().too_even()) return test.batches();
  }
  return 0;
}
std::int64_t alarm_after(const Values& values, std::size_t batch) {
  BatchMeans test(values, static_cast<std::int64_t>(values.size()),
                  static_cast<std::int64_t>(batch));
  return alarm_after(test, values, batch);
}

struct Distribution {
  std::string name;
  Draw draw;
};
const std::vector<Distribution> distributions{
    {"uniform", [](auto& r) { return std::uniform_real_distribution<double>()(r); }},
    {"normal", [](auto& r) { return std::normal_distribution<double>()(r); }},
    {"exponential", [](auto& r) { return std::exponential_distribution<double>()(r); }},
    {"Cauchy", [](auto& r) { return std::cauchy_distribution<double>()(r); }},
    {"log-normal", [](auto& r) { return std::lognormal_distribution<double>(0, 3)(r); }},
    {"mostly zero",
     [](auto& r) { return r() % 100 == 0 ? std::exponential_distribution<double>()(r) : 0.0; }},
    {"two values", [](auto& r) { return r() % 4 == 0 ? 1.0 : 0.0; }}};

}  // namespace

BOOST_AUTO_TEST_SUITE(batch_means)

BOOST_AUTO_TEST_CASE(sorted_targets_alarm_within_seven_batches) {
  for (const Distribution& each : distributions) {
    if (each.name == "mostly zero") continue;  // its first batches are what a random order has
    Values values = drawn(6000, each.draw, 1);
    std::sort(values.begin(), values.end());
    for (const std::size_t batch : {16U, 32U, 100U, 1000U}) {
      if (each.name == "two values" && batch == 16) continue;  // 7 batches of zeros: one in 1e14
      const std::int64_t after = alarm_after(values, batch);
      BOOST_TEST(after > 0, each.name << ", batch " << batch);
      BOOST_TEST(after <= 7, each.name << ", batch " << batch << " after " << after);
    }
  }
}

BOOST_AUTO_TEST_CASE(random_orders_never_alarm_not_even_with_heavy_tails) {
  unsigned seed = 10;
  for (const Distribution& each : distributions)
    for (const std::size_t batch : {1U, 2U, 8U, 32U, 333U, 1000U}) {
      Values values = drawn(2000, each.draw, ++seed);
      std::mt19937_64 random(seed);
      for (int order = 0; order < 200; ++order) {
        std::shuffle(values.begin(), values.end(), random);
        const std::int64_t after = alarm_after(values, batch);
        BOOST_CHECK_MESSAGE(after == 0, "false alarm: " << each.name << ", batch " << batch
                                                        << ", seed " << seed << ", order "
                                                        << order);
      }
    }
}

BOOST_AUTO_TEST_CASE(the_expectation_is_one) {
  Values values = drawn(3000, distributions[2].draw, 5);
  std::mt19937_64 random(6);
  double sum = 0;
  for (int order = 0; order < 50; ++order) {
    std::shuffle(values.begin(), values.end(), random);
    BatchMeans test(values, 3000, 100);
    alarm_after(test, values, 100);
    sum += test.pooled().mean();
  }
  BOOST_TEST(sum / 50 == 1, boost::test_tools::tolerance(0.08));
}

BOOST_AUTO_TEST_CASE(a_dealt_order_is_too_even) {
  Values values = drawn(6000, distributions[1].draw, 7);
  std::sort(values.begin(), values.end());
  Values dealt;
  for (std::size_t start = 0; start < 200; ++start)
    for (std::size_t i = start; i < values.size(); i += 200) dealt.push_back(values[i]);
  BatchMeans test(values, 6000, 30);
  BOOST_TEST(alarm_after(test, dealt, 30) > 0);
  BOOST_TEST(test.pooled().too_even());
}

BOOST_AUTO_TEST_CASE(constant_targets_or_a_single_batch_give_no_verdict) {
  BOOST_TEST(!BatchMeans({1, 1, 1, 1}, 4, 2).possible());
  BOOST_TEST(!BatchMeans({}, 0, 2).possible());
  BOOST_TEST(!BatchMeans({1, 2, 3, 4}, 4, 4).possible());
  BatchMeans with_nan({1, std::numeric_limits<double>::quiet_NaN(), 3, 4, 5, 6, 7, 8, 9, 10}, 10,
                      5);
  with_nan.add_batch(Values{std::numeric_limits<double>::quiet_NaN(), 1, 3, 5, 7});
  BOOST_TEST(std::isfinite(with_nan.pooled().z()));
}

BOOST_AUTO_TEST_SUITE_END()
