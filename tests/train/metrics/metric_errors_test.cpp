#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;
using metrics::Average;

namespace {

const std::vector<float> six{1, 2, 3, 4, 5, 6};

template <class T>
MetricBatch a_batch(const std::vector<T>& targets, std::int64_t samples,
                    const std::vector<float>& outputs = six) {
  return metric_batch(outputs, std::span<const T>(targets), samples);
}
void add(const Metric& metric, const MetricBatch& each) {
  metric.accumulator()->add(each);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metric_errors)

BOOST_AUTO_TEST_CASE(shapes_that_do_not_go_together_name_metric_output_and_target) {
  const std::vector<std::int32_t> labels{0, 1, 0};
  expect<UsageError>(
      [&] {
        add(metrics::accuracy().of_output(2).against("species"), a_batch(labels, 3, {1, 2, 3}));
      },
      {"metric 'accuracy' of output 2 against 'species': the output has 1 and the target 1 values "
       "per sample, expected the same number of scores, at least 2, for each label",
       "metrics::binary_accuracy()"});
  expect<UsageError>(
      [&] {
        add(metrics::accuracy(), a_batch(std::vector<std::int32_t>{0, 1, 0, 1}, 1));
      },
      {"the output has 6 and the target 4 values per sample"});
  expect<UsageError>([&] { add(metrics::top_k(3), a_batch(labels, 3)); },
                     {"metric 'top_3_accuracy' of output 0 against 'label': k is 3, but the output "
                      "has 2 classes; use metrics::top_k() with at most 1"});
  for (const Metric& metric : {metrics::precision(), metrics::auc(), metrics::binary_accuracy(),
                               metrics::mean_squared_error()})
    expect<UsageError>(
        [&] { add(metric, a_batch(labels, 3)); },
        {("metric '" + metric.name() + "'").c_str(),
         "the output has 2 and the target 1 values per sample, expected the same number"});
  expect<UsageError>([&] { add(metrics::recall(), a_batch(labels, 3)); },
                     {"for several classes give metrics::Average::macro or micro"});
}

BOOST_AUTO_TEST_CASE(targets_that_a_metric_does_not_take) {
  expect<DataError>(
      [&] {
        add(metrics::accuracy(), a_batch(std::vector<float>{0, 1, 0}, 3));
      },
      {"the target is f32, expected labels of type i32 or i64"});
  expect<DataError>(
      [&] {
        add(metrics::f1(Average::macro), a_batch(std::vector<std::int64_t>{0, 2, 1}, 3));
      },
      {"metric 'macro_f1'", "the label of sample 1 of the batch is 2, expected 0 to 1"});
  expect<DataError>(
      [&] {
        add(metrics::accuracy(), a_batch(std::vector<std::int64_t>{0, 1, -1}, 3));
      },
      {"the label of sample 2 of the batch is -1"});
  for (const Metric& metric : {metrics::recall(), metrics::auc(), metrics::binary_accuracy()})
    expect<DataError>(
        [&] {
          add(metric, a_batch(std::vector<float>{0, 1, 0, 1, -1, 1}, 6));
        },
        {"the target of sample 4 of the batch is -1.000000, expected 0 or 1"});
  expect<DataError>(
      [&] {
        const std::vector<float> targets(1, 1.0F);
        MetricBatch each = a_batch(targets, 1, {1});
        each.loss = 1;
        add(metrics::perplexity(metrics::MeanOf::target_elements, -1), each);
      },
      {"metric 'perplexity': the target is f32, expected i32 or i64 to contain the ignored label "
       "-1"});
}

BOOST_AUTO_TEST_CASE(batches_that_contradict_themselves) {
  const std::vector<std::int32_t> labels{0, 1, 0};
  MetricBatch each = a_batch(labels, 3);
  each.output_elements = 3;
  expect<UsageError>([&] { add(metrics::accuracy(), each); },
                     {"the output has 6 values for 3 samples (3 per sample), expected 9"});
  each = a_batch(labels, 3);
  each.target_dtype = i64;
  expect<UsageError>([&] { add(metrics::accuracy(), each); },
                     {"the target has 1 values for 3 samples (1 per sample), expected 3"});
  each = a_batch(labels, 3);
  each.target_elements = 0;
  expect<UsageError>([&] { add(metrics::accuracy(), each); }, {"target_elements 0"});
  each = a_batch(labels, 3);
  each.samples = -1;
  expect<UsageError>([&] { add(metrics::accuracy(), each); }, {"a batch of -1 samples"});
  each = a_batch(labels, 3);
  const std::vector<float> mask{1, 0.5F, 0};
  each.mask = std::span(mask).first(2);
  expect<UsageError>([&] { add(metrics::accuracy(), each); },
                     {"the mask has 2 values, expected 3, one per sample"});
  each.mask = mask;
  expect<DataError>([&] { add(metrics::accuracy(), each); }, {"the mask holds 0.500000"});
  expect<UsageError>([&] { (void)a_batch(labels, 4); },
                     {"got 6 output values and 3 targets for 4 samples"});
  expect<UsageError>([&] { (void)a_batch(labels, 0); }, {"samples is 0, expected at least 1"});
  expect<UsageError>(
      [&] {
        const auto classes = metrics::recall(Average::micro).accumulator();
        classes->add(a_batch(labels, 3));
        classes->add(a_batch(std::vector<std::int32_t>{0, 2}, 2));
      },
      {"a batch has 3 classes, but previous batches had 2"});
}

BOOST_AUTO_TEST_CASE(a_refused_batch_does_not_count) {
  const std::vector<std::int32_t> wrong{0, 1, 2};
  const std::vector<std::int32_t> right{1, 1, 0};
  for (const Metric& metric : {metrics::accuracy(), metrics::precision(Average::micro)}) {
    const auto accumulator = metric.accumulator();
    accumulator->add(a_batch(right, 3));
    const double value = accumulator->value();
    BOOST_CHECK_THROW(accumulator->add(a_batch(wrong, 3)), DataError);
    BOOST_TEST(accumulator->value() == value, metric.name());
  }
  const std::vector<float> good{0, 1, 1, 0, 1, 1};
  const std::vector<float> bad{0, 1, 1, 0, 1, 3};
  for (const Metric& metric : {metrics::auc(), metrics::recall(), metrics::binary_accuracy()}) {
    const auto accumulator = metric.accumulator();
    accumulator->add(a_batch(good, 6));
    const double value = accumulator->value();
    BOOST_CHECK_THROW(accumulator->add(a_batch(bad, 6)), DataError);
    BOOST_TEST(accumulator->value() == value, metric.name());
  }
  int calls = 0;
  const Metric mine = metrics::mean_of("mine", Better::larger, [&](auto, auto) {
    if (++calls == 5) throw DataError("the fifth");
    return 1.0 * calls;
  });
  const auto accumulator = mine.accumulator();
  accumulator->add(a_batch(good, 2));
  expect<DataError>([&] { accumulator->add(a_batch(good, 6)); },
                    {"metric 'mine' of output 0 against 'label': the fifth"});
  BOOST_TEST(accumulator->value() == 1.5);
}

BOOST_AUTO_TEST_CASE(wrong_settings) {
  expect<UsageError>([] { (void)metrics::top_k(0); },
                     {"metrics::top_k: k is 0, expected at least 1"});
  expect<UsageError>([] { (void)metrics::binary_accuracy(NAN); },
                     {"metrics::binary_accuracy: the threshold is nan", "0 for logits"});
  expect<UsageError>([] { (void)metrics::f1(INFINITY); }, {"metrics::f1: the threshold is inf"});
  expect<UsageError>([] { (void)metrics::perplexity(metrics::MeanOf::samples, 0); },
                     {"give metrics::MeanOf::target_elements"});
  expect<UsageError>([] { (void)metrics::mean_of("mine", Better::larger, {}); },
                     {"'mine' has no function"});
  expect<UsageError>([] { (void)Metric("", Better::larger, {}); }, {"a metric has no name"});
  expect<UsageError>([] { (void)Metric("mine", Better::larger, {}); },
                     {"metric 'mine' has no factory"});
  expect<UsageError>([] { (void)metrics::auc().named(""); },
                     {"metric 'auc' cannot be renamed to ''"});
  expect<UsageError>(
      [] {
        (void)Metric("mine", Better::larger, [] {
          return std::unique_ptr<MetricAccumulator>();
        }).accumulator();
      },
      {"metric 'mine': its factory returned no accumulator"});
}

BOOST_AUTO_TEST_CASE(the_functions_for_values_at_hand) {
  expect<UsageError>(
      [] {
        (void)accuracy(six, std::vector<std::int32_t>{0, 1, 0, 1});
      },
      {"accuracy: got 6 scores for 4 labels"});
  expect<UsageError>([] { (void)accuracy({}, {}); }, {"accuracy: got 0 scores for 0 labels"});
  expect<DataError>(
      [] {
        (void)accuracy(six, std::vector<std::int32_t>{0, 1, 2});
      },
      {"the label of sample 2 of the batch is 2"});
  expect<UsageError>([] { (void)binary_accuracy(six, std::vector<float>{0}); },
                     {"binary_accuracy: got 6 probabilities and 1 targets"});
}

BOOST_AUTO_TEST_CASE(the_choice_of_a_target) {
  const auto chosen = [](const std::string& target, std::vector<MetricInput> inputs) {
    return target_of(metrics::accuracy().against(target), inputs);
  };
  const MetricInput x{"x", f32, true};
  const MetricInput tokens{"tokens", i32, true};
  const MetricInput weight{"weight", f32, false};
  const MetricInput label{"label", i64, false};
  const MetricInput other{"other", i32, false};
  BOOST_TEST(chosen("label", {x, weight, label}) == 2U);
  BOOST_TEST(chosen("tokens", {x, tokens, label}) == 1U);
  BOOST_TEST(chosen("", {tokens, weight, label, other}) == 2U);
  BOOST_TEST(chosen("", {x, weight}) == 1U);
  expect<UsageError>(
      [&] {
        (void)chosen("species", {x, label});
      },
      {"metric 'accuracy' compares output 0 with the input 'species', but the model has the inputs "
       "'x', 'label'; choose one of them with against()"});
  expect<UsageError>(
      [&] {
        (void)chosen("", {x, weight, {"value", f64, false}});
      },
      {"metric 'accuracy' names no target", "several inputs that output 0 does not depend",
       "'x', 'weight', 'value'"});
  expect<UsageError>([&] { (void)chosen("", {x, tokens}); }, {"output 0 depends on every input"});
  expect<UsageError>([&] { (void)chosen("label", {}); }, {"the model has no inputs"});
}

BOOST_AUTO_TEST_SUITE_END()
