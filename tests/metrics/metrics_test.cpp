#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <set>

#include "metrics/random_batches.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr unsigned seed = 20240611;

/// Coarse outputs, so that ties are frequent, and now and then a NaN.
float coarse(std::mt19937& random, double nan_share) {
  if (static_cast<double>(random() % 1000) < 1000 * nan_share) return std::nanf("");
  return static_cast<float>(static_cast<int>(random() % 9) - 4) / 4;
}

Rows random_rows(std::mt19937& random, std::int64_t width, std::int64_t labels, unsigned classes,
                 double nan_share) {
  Rows rows{width, labels, {}, {}, {}};
  const std::int64_t samples = 1 + static_cast<std::int64_t>(random() % 40);
  for (std::int64_t s = 0; s < samples; ++s) {
    const bool padding = random() % 5 == 0;
    rows.mask.push_back(padding ? 0 : 1);
    for (std::int64_t i = 0; i < width; ++i)
      rows.output.push_back(padding ? std::nanf("") : coarse(random, nan_share));
    for (std::int64_t i = 0; i < labels; ++i)
      rows.target.push_back(padding ? 77 : static_cast<double>(random() % classes));
  }
  return rows;
}

/// The predicted class, or -1.
int predicted(const float* row, int classes) {
  int best = 0;
  for (int c = 0; c < classes; ++c) {
    if (std::isnan(row[c])) return -1;
    if (row[c] > row[best]) best = c;
  }
  return best;
}

double naive_top_k(const Rows& rows, int k) {
  const int classes = static_cast<int>(rows.width / rows.labels);
  double right = 0;
  for (std::size_t i = 0; i < rows.target.size(); ++i) {
    const float* row = rows.output.data() + i * static_cast<std::size_t>(classes);
    if (predicted(row, classes) < 0) continue;
    std::vector<int> order(static_cast<std::size_t>(classes));
    for (int c = 0; c < classes; ++c) order[static_cast<std::size_t>(c)] = c;
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return row[a] > row[b]; });
    right += std::count(order.begin(), order.begin() + k, static_cast<int>(rows.target[i])) > 0;
  }
  return right / static_cast<double>(rows.target.size());
}

struct Scores {
  double precision = 0, recall = 0, f1 = 0;
};
Scores scores(double both, double predictions, double labels) {
  Scores s;
  if (predictions > 0) s.precision = both / predictions;
  if (labels > 0) s.recall = both / labels;
  if (s.precision + s.recall > 0) s.f1 = 2 * s.precision * s.recall / (s.precision + s.recall);
  return s;
}

/// Of one class, by its definition.
Scores naive_class(const Rows& rows, int classes, int which) {
  double both = 0, predictions = 0, labels = 0;
  for (std::size_t i = 0; i < rows.target.size(); ++i) {
    const bool p =
        predicted(rows.output.data() + i * static_cast<std::size_t>(classes), classes) == which;
    const bool l = static_cast<int>(rows.target[i]) == which;
    both += p && l;
    predictions += p;
    labels += l;
  }
  return scores(both, predictions, labels);
}

double naive_auc(const Rows& rows) {
  double won = 0, pairs = 0;
  for (std::size_t p = 0; p < rows.target.size(); ++p) {
    if (std::isnan(rows.output[p])) return std::nan("");
    for (std::size_t n = 0; n < rows.target.size(); ++n) {
      if (rows.target[p] != 1 || rows.target[n] != 0) continue;
      ++pairs;
      if (rows.output[p] > rows.output[n]) won += 1;
      if (rows.output[p] == rows.output[n]) won += 0.5;
    }
  }
  return won / pairs;
}

double naive_mean(const Rows& rows, const std::function<double(double, double)>& value) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.target.size(); ++i)
    sum += value(static_cast<double>(rows.output[i]), rows.target[i]);
  return sum / static_cast<double>(rows.target.size());
}

/// Calls check(rows, counted rows, random numbers, context) for random rows.
void for_random_rows(
    std::int64_t width, std::int64_t labels, unsigned classes, double nan_share,
    const std::function<void(const Rows&, const Rows&, std::mt19937&, const std::string&)>& check) {
  for (unsigned round = 0; round < 30; ++round) {
    std::mt19937 random(seed + round);
    const Rows rows = random_rows(random, width, labels, classes, nan_share);
    check(rows, rows.counted(), random, "seed " + std::to_string(seed + round));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_suite)

BOOST_AUTO_TEST_CASE(accuracy_and_top_k) {
  for (const std::int64_t labels : {1, 3})
    for (const int classes : {2, 5, 37})
      for_random_rows(labels * classes, labels, static_cast<unsigned>(classes), 0.01,
                      [&](const Rows& rows, const Rows& counted, auto& random, auto& context) {
                        check_metric(metrics::accuracy(), rows, {i32, i64}, naive_top_k(counted, 1),
                                     random, context);
                        for (const int k : {1, 2, classes})
                          check_metric(metrics::top_k(k), rows, {i32, i64}, naive_top_k(counted, k),
                                       random, context);
                      });
}

BOOST_AUTO_TEST_CASE(binary_metrics_at_a_threshold) {
  const std::vector<DType> all{f32, f64, i32, i64, boolean};
  for (const std::int64_t labels : {1, 2})
    for (const double threshold : {0.0, 0.5})
      for_random_rows(
          labels, labels, 2, 0.05,
          [&](const Rows& rows, const Rows& counted, auto& random, auto& context) {
            double both = 0, predictions = 0, positives = 0;
            for (std::size_t i = 0; i < counted.target.size(); ++i) {
              const bool p = static_cast<double>(counted.output[i]) > threshold;
              both += p && counted.target[i] == 1;
              predictions += p;
              positives += counted.target[i] == 1;
            }
            Scores expected = scores(both, predictions, positives);
            if (counted.target.empty()) expected = {NAN, NAN, NAN};
            check_metric(metrics::precision(threshold), rows, all, expected.precision, random,
                         context);
            check_metric(metrics::recall(threshold), rows, all, expected.recall, random, context);
            check_metric(metrics::f1(threshold), rows, all, expected.f1, random, context);
            const double accuracy = naive_mean(counted, [&](double o, double t) {
              return !std::isnan(o) && (o > threshold) == (t == 1) ? 1 : 0;
            });
            check_metric(metrics::binary_accuracy(threshold), rows, all, accuracy, random, context);
          });
}

BOOST_AUTO_TEST_CASE(averages_over_classes) {
  for (const int classes : {2, 4, 20})  // of 20 some occur nowhere
    for_random_rows(classes, 1, static_cast<unsigned>(classes), 0.01,
                    [&](const Rows& rows, const Rows& counted, auto& random, auto& context) {
                      std::set<int> occurring;
                      double right = 0, predictions = 0;
                      for (std::size_t i = 0; i < counted.target.size(); ++i) {
                        const int p = predicted(
                            counted.output.data() + i * static_cast<std::size_t>(classes), classes);
                        const int label = static_cast<int>(counted.target[i]);
                        occurring.insert(label);
                        if (p >= 0) occurring.insert(p);
                        right += p == label;
                        predictions += p >= 0;
                      }
                      Scores macro;
                      for (const int c : occurring) {
                        const Scores one = naive_class(counted, classes, c);
                        macro.precision += one.precision / static_cast<double>(occurring.size());
                        macro.recall += one.recall / static_cast<double>(occurring.size());
                        macro.f1 += one.f1 / static_cast<double>(occurring.size());
                      }
                      Scores micro =
                          scores(right, predictions, static_cast<double>(counted.target.size()));
                      if (counted.target.empty()) macro = micro = {NAN, NAN, NAN};
                      using metrics::Average;
                      const auto check = [&](const Metric& metric, double expected) {
                        check_metric(metric, rows, {i32, i64}, expected, random, context);
                      };
                      check(metrics::precision(Average::macro), macro.precision);
                      check(metrics::recall(Average::macro), macro.recall);
                      check(metrics::f1(Average::macro), macro.f1);
                      check(metrics::precision(Average::micro), micro.precision);
                      check(metrics::recall(Average::micro), micro.recall);
                      check(metrics::f1(Average::micro), micro.f1);
                    });
}

BOOST_AUTO_TEST_CASE(auc_with_ties_against_all_pairs) {
  for (const double nan_share : {0.0, 0.01})
    for_random_rows(1, 1, 2, nan_share,
                    [&](const Rows& rows, const Rows& counted, auto& random, auto& context) {
                      check_metric(metrics::auc(), rows, {f32, f64, i32, i64, boolean},
                                   naive_auc(counted), random, context);
                    });
}

BOOST_AUTO_TEST_CASE(auc_of_known_cases) {
  const auto auc = [](std::vector<float> outputs, std::vector<std::int32_t> targets) {
    return measure(metrics::auc(), metric_batch(outputs, std::span<const std::int32_t>(targets),
                                                static_cast<std::int64_t>(targets.size())));
  };
  BOOST_TEST(auc({0.1F, 0.4F, 0.35F, 0.8F}, {0, 0, 1, 1}) == 0.75);
  BOOST_TEST(auc({1, 2, 3, 4}, {0, 0, 1, 1}) == 1);
  BOOST_TEST(auc({4, 3, 2, 1}, {0, 0, 1, 1}) == 0);
  BOOST_TEST(auc({5, 5, 5}, {0, 1, 1}) == 0.5);
  BOOST_TEST(auc({-INFINITY, 0, -0.0F, INFINITY}, {0, 0, 1, 1}) == 0.875);
  BOOST_TEST(std::isnan(auc({1, 2}, {1, 1})));
  BOOST_TEST(std::isnan(auc({1, 2}, {0, 0})));
}

BOOST_AUTO_TEST_CASE(mean_errors) {
  for (const std::int64_t labels : {1, 3})
    for_random_rows(
        labels, labels, 2, 0,
        [&](const Rows& rows, const Rows& counted, auto& random, auto& context) {
          const std::vector<DType> all{f32, f64, i32, i64, boolean};
          const double absolute =
              naive_mean(counted, [](double o, double t) { return std::abs(o - t); });
          const double squared =
              naive_mean(counted, [](double o, double t) { return std::pow(o - t, 2); });
          check_metric(metrics::mean_absolute_error(), rows, all, absolute, random, context);
          check_metric(metrics::mean_squared_error(), rows, all, squared, random, context);
          check_metric(metrics::root_mean_squared_error(), rows, all, std::sqrt(squared), random,
                       context);
        });
}

BOOST_AUTO_TEST_CASE(a_metric_of_ones_own) {
  const Metric within = metrics::mean_of(
      "within_one", Better::larger, [](std::span<const float> output, metrics::TargetRow target) {
        double sum = 0;
        for (std::size_t i = 0; i < output.size(); ++i) sum += static_cast<double>(output[i]);
        return std::abs(sum - target[target.size() - 1]) <= 1 ? 1.0 : 0.0;
      });
  for_random_rows(
      3, 2, 3, 0, [&](const Rows& rows, const Rows& counted, auto& random, auto& context) {
        double right = 0;
        for (std::size_t s = 0; s < counted.mask.size(); ++s) {
          const float* o = counted.output.data() + 3 * s;
          right +=
              std::abs(static_cast<double>(o[0] + o[1] + o[2]) - counted.target[2 * s + 1]) <= 1;
        }
        check_metric(within, rows, {f32, f64, i32, i64},
                     right / static_cast<double>(counted.mask.size()), random, context);
      });
}

BOOST_AUTO_TEST_CASE(perplexity_weights_losses_by_what_they_are_the_mean_of) {
  using metrics::MeanOf;
  const auto exact = [](double value, double expected) {
    BOOST_TEST(std::abs(value - expected) < 1e-12 * expected, value << " expected " << expected);
  };
  {  // 3 samples of loss 1, then one of loss 5 beside a padding row
    const auto a = metrics::perplexity().accumulator();
    a->add({.samples = 3, .loss = 1});
    const std::vector<float> mask{1, 0};
    a->add({.samples = 2, .mask = mask, .loss = 5});
    exact(a->value(), std::exp(2.0));
  }
  const std::vector<std::int32_t> first{4, 4, -1, 4};  // 3 of 4 tokens count
  const std::vector<std::int32_t> second{4, -1, -1, -1};
  const std::vector<std::int32_t> none{-1, -1, -1, -1};
  const auto add = [&](MetricAccumulator& to, const std::vector<std::int32_t>& tokens,
                       double loss) {
    to.add({.target = std::as_bytes(std::span(tokens)),
            .target_dtype = i32,
            .target_elements = 2,
            .samples = 2,
            .loss = loss});
  };
  const auto tokens = metrics::perplexity(MeanOf::target_elements, -1).accumulator();
  add(*tokens, first, 1);
  add(*tokens, none, NAN);  // a mean of nothing
  add(*tokens, second, 5);
  exact(tokens->value(), std::exp((3 * 1.0 + 1 * 5.0) / 4));
  const auto all = metrics::perplexity(MeanOf::target_elements).accumulator();
  add(*all, first, 1);
  add(*all, second, 5);
  exact(all->value(), std::exp(3.0));
  all->reset();
  BOOST_TEST(std::isnan(all->value()));
  BOOST_TEST((metrics::perplexity().reads() == MetricReads::loss));
}

BOOST_AUTO_TEST_CASE(reset_forgets_everything) {
  using metrics::Average;
  for (const Metric& metric :
       {metrics::binary_accuracy(), metrics::precision(), metrics::auc(),
        metrics::mean_squared_error(), metrics::accuracy(), metrics::f1(Average::macro),
        metrics::mean_of("mine", Better::larger, [](auto, auto) { return 1.0; })}) {
    const auto accumulator = metric.accumulator();
    const std::string& name = metric.name();
    const bool classes = name == "accuracy" || name == "macro_f1";
    BOOST_TEST(std::isnan(accumulator->value()), name);
    const std::vector<float> scores{1, 0, 1, 0};
    const std::vector<std::int32_t> labels =
        classes ? std::vector<std::int32_t>{0, 1} : std::vector<std::int32_t>{0, 1, 1, 0};
    const MetricBatch batch = metric_batch(scores, std::span<const std::int32_t>(labels), 2);
    accumulator->add(batch);
    const double value = accumulator->value();
    BOOST_TEST(!std::isnan(value), name);
    accumulator->reset();
    BOOST_TEST(std::isnan(accumulator->value()), name);
    accumulator->add(batch);
    BOOST_TEST(accumulator->value() == value, name);
  }
}

BOOST_AUTO_TEST_CASE(what_is_better) {
  for (const Metric& metric :
       {metrics::accuracy(), metrics::top_k(2), metrics::binary_accuracy(), metrics::precision(),
        metrics::recall(), metrics::f1(), metrics::recall(metrics::Average::micro), metrics::auc()})
    BOOST_TEST((metric.better() == Better::larger), metric.name());
  for (const Metric& metric : {metrics::mean_absolute_error(), metrics::mean_squared_error(),
                               metrics::root_mean_squared_error(), metrics::perplexity()})
    BOOST_TEST((metric.better() == Better::smaller), metric.name());
  BOOST_TEST(improves(Better::larger, 0.5, 0.4));
  BOOST_TEST(!improves(Better::larger, 0.5, 0.4, 0.2));
  BOOST_TEST(!improves(Better::larger, INFINITY, 0.4));
  BOOST_TEST(improves(Better::smaller, 0.3, 0.4));
  BOOST_TEST(!improves(Better::smaller, NAN, 0.4));
}

BOOST_AUTO_TEST_CASE(the_functions_for_values_at_hand) {
  const std::vector<float> scores{1, 2, 3, 1, 2, 2};
  const std::vector<std::int32_t> labels{1, 0, 1};
  BOOST_TEST(accuracy(scores, labels) == 2.0 / 3);
  BOOST_TEST(binary_accuracy(std::vector<float>{0.4F, 0.6F}, std::vector<float>{0, 0}) == 0.5);
}

BOOST_AUTO_TEST_SUITE_END()
