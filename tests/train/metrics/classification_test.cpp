#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "train/metrics/random_batches.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

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

}  // namespace

BOOST_AUTO_TEST_SUITE(classification)

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

BOOST_AUTO_TEST_SUITE_END()
