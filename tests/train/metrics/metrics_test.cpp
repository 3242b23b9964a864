#include <boost/test/unit_test.hpp>
#include <cmath>

#include "train/metrics/random_batches.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(metrics_of_a_model)

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
  BOOST_TEST(metrics::perplexity().target() == "");
  BOOST_TEST(metrics::perplexity(MeanOf::target_elements).target() == "label");
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
