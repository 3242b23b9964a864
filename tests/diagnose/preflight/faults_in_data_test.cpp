#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <foregraph/foregraph.hpp>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/preflight_setups.hpp"

// Each case plants one fault in data or pipeline, and looks for its finding.

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(planted_faults_in_data)

BOOST_AUTO_TEST_CASE(data_in_class_order) {
  const Table sorted = table(2000, 4, 4).sorted();
  const Report report = check(classifier(4, 4), data::from(sorted.dataset()).batch(32));
  expect_finding(report, "class-mix", Severity::warning);
  const std::string& what = report.find("class-mix")->what;
  BOOST_TEST(what.find("not shuffled") != std::string::npos);
  BOOST_TEST(report.find("class-mix")->figures[0].value > 100);
  BOOST_TEST(report.find("class-mix")->way_out ==
             ".shuffle(seed): a full permutation of the data in each epoch");
}

BOOST_AUTO_TEST_CASE(data_of_two_classes_in_order_as_in_the_article) {
  Table both = table(200, 10, 2).sorted();
  const Report report = check(logistic(10), data::from(both.with_float_labels()).batch(32));
  expect_finding(report, "class-mix", Severity::warning);
  // With one batch of everything the order does not matter.
  expect_silence(check(logistic(10), data::from(both.with_float_labels()).batch(200)));
}

BOOST_AUTO_TEST_CASE(a_shuffle_buffer_that_is_small_against_sorted_data) {
  const Table sorted = table(6000, 4, 10).sorted();
  const Report report =
      check(classifier(4, 10), data::from(sorted.dataset()).shuffle_buffer(100, 1).batch(32));
  expect_finding(report, "class-mix", Severity::warning);
  expect_finding(report, "small-shuffle-buffer", Severity::warning);
}

BOOST_AUTO_TEST_CASE(regression_data_sorted_by_target) {
  std::vector<float> targets;
  Table rows = plane(1000, targets);
  std::sort(targets.begin(), targets.end());
  expect_finding(check(linear(2), data::from(rows.with_targets(targets)).batch(16)), "target-order",
                 Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_batch_larger_than_the_data) {
  expect_finding(
      check(classifier(4, 3), data::from(table(60, 4, 3).dataset()).shuffle(1).batch(64)),
      "batch-larger-than-data", Severity::warning);
}

BOOST_AUTO_TEST_CASE(an_epoch_without_a_batch) {
  const data::Pipeline data =
      data::from(table(64, 4, 3).dataset()).shuffle(1).batch(32, data::Tail::drop).take(20);
  expect_finding(check(classifier(4, 3), data), "epoch-without-batches", Severity::error);
}

/// Images of which one has another size: what a folder of files is like.
struct UnequalImages {
  std::vector<data::FieldSpec> specs{{"x", f32, {4}}, {"label", i32, {}}};
  [[nodiscard]] std::span<const data::FieldSpec> fields() const { return specs; }
  [[nodiscard]] std::int64_t size() const { return 300; }
  void read(std::int64_t row, std::span<std::byte* const> to) const {
    if (row == 123) throw DataError("image 123 has 5 values, expected 4");
    const float x[4] = {static_cast<float>(row % 7), 1, static_cast<float>(row % 3), 0.5F};
    const auto label = static_cast<std::int32_t>(row * 7919 % 3);
    if (to[0] != nullptr) std::memcpy(to[0], x, sizeof x);
    if (to[1] != nullptr) std::memcpy(to[1], &label, sizeof label);
  }
};

BOOST_AUTO_TEST_CASE(samples_of_unequal_shape) {
  const Report report = check(classifier(4, 3), data::from(UnequalImages{}).shuffle(1).batch(32));
  expect_finding(report, "sample-cannot-be-read", Severity::error);
  BOOST_TEST(report.find("sample-cannot-be-read")->what.find("image 123 has 5 values") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stage_that_throws) {
  const data::Pipeline data =
      data::from(table(200, 4, 3).dataset()).shuffle(1).map([](data::Sample& sample) {
        if (sample.row() == 77) throw std::runtime_error("cannot augment row 77");
      });
  expect_finding(check(classifier(4, 3), data), "sample-cannot-be-read", Severity::error);
}

BOOST_AUTO_TEST_CASE(a_field_of_another_size_than_the_input) {
  expect_finding(check(classifier(5, 3), data::from(table(200, 4, 3).dataset()).shuffle(1)),
                 "field-does-not-match", Severity::error);
}

BOOST_AUTO_TEST_CASE(labels_of_another_type) {
  const Table rows = table(200, 4, 3);
  const data::Dataset data =
      data::Dataset()
          .add("x", {4}, rows.x)
          .add("label", {}, std::vector<std::int64_t>(rows.labels.begin(), rows.labels.end()));
  const Report report = check(classifier(4, 3), data::from(data).shuffle(1));
  expect_finding(report, "field-does-not-match", Severity::error);
  BOOST_TEST(report.find("field-does-not-match")->what.find("i64") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(labels_that_count_from_one) {
  Table rows = table(300, 4, 3);
  for (std::int32_t& label : rows.labels) ++label;
  const Report report = check(classifier(4, 3), data::from(rows.dataset()).shuffle(1));
  expect_finding(report, "label-out-of-range", Severity::error);
  BOOST_TEST(report.find("label-out-of-range")->way_out.find("start at 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(labels_of_one_class_only) {
  Table rows = table(300, 4, 3);
  for (std::int32_t& label : rows.labels) label = 2;
  expect_finding(check(classifier(4, 3), data::from(rows.dataset()).shuffle(1)),
                 "labels-of-one-class", Severity::error);
}

BOOST_AUTO_TEST_CASE(missing_values) {
  Table rows = table(300, 4, 3);
  rows.x[17] = std::numeric_limits<float>::quiet_NaN();
  const Report report = check(classifier(4, 3), data::from(rows.dataset()).shuffle(1));
  expect_finding(report, "nan-in-data", Severity::error);
  BOOST_TEST(report.find("nan-in-data")->what.find("in row 4") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_infinity_in_many_rows) {
  Table rows = table(30000, 4, 3);
  rows.x[4 * 22222 + 1] = std::numeric_limits<float>::infinity();
  const Report report = check(classifier(4, 3), data::from(rows.dataset()).shuffle(1));
  expect_finding(report, "nan-in-data", Severity::error);
  BOOST_TEST(report.find("nan-in-data")->what.find("in row 22,222") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_constant_feature) {
  Table rows = table(300, 4, 3);
  for (std::size_t i = 2; i < rows.x.size(); i += 4) rows.x[i] = 5;
  expect_finding(check(classifier(4, 3), data::from(rows.dataset()).shuffle(1)),
                 "constant-features", Severity::warning);
}

BOOST_AUTO_TEST_CASE(constant_features_only) {
  Table rows = table(300, 4, 3);
  for (float& value : rows.x) value = 1;
  expect_finding(check(classifier(4, 3), data::from(rows.dataset()).shuffle(1)),
                 "all-features-constant", Severity::error);
}

BOOST_AUTO_TEST_CASE(features_of_different_magnitude) {
  Table rows = table(300, 4, 3);
  for (std::size_t i = 1; i < rows.x.size(); i += 4) rows.x[i] *= 5000;
  expect_finding(check(classifier(4, 3), data::from(rows.dataset()).shuffle(1)),
                 "feature-scales-differ", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_feature_far_from_zero) {
  Table rows = table(300, 4, 3);
  for (std::size_t i = 1; i < rows.x.size(); i += 4) rows.x[i] += 80;
  expect_finding(check(classifier(4, 3), data::from(rows.dataset()).shuffle(1)), "feature-offset",
                 Severity::warning);
}

BOOST_AUTO_TEST_CASE(pixels_as_they_are_in_files) {
  Table rows = table(300, 784, 10);
  for (float& value : rows.x) value = std::clamp(std::round(128 + 60 * value), 0.0F, 255.0F);
  expect_finding(check(classifier(784, 10), data::from(rows.dataset()).shuffle(1)),
                 "features-0-to-255", Severity::warning);
}

BOOST_AUTO_TEST_CASE(rows_that_are_there_many_times) {
  Table rows = table(500, 4, 3);
  for (std::size_t i = 400; i < 2000; ++i) rows.x[i] = rows.x[i % 400];
  expect_finding(check(classifier(4, 3), data::from(rows.dataset()).shuffle(1)), "duplicate-rows",
                 Severity::warning);
}

BOOST_AUTO_TEST_CASE(an_evaluation_set_of_one_class) {
  const Table sorted = table(1000, 4, 2).sorted();
  const data::Pipeline train = data::from(sorted.slice(0, 800).dataset()).shuffle(1);
  const data::Pipeline evaluation = data::from(sorted.slice(800, 200).dataset());
  expect_finding(check(classifier(4, 2), train, {.evaluation = evaluation}),
                 "evaluation-of-one-class", Severity::warning);
}

BOOST_AUTO_TEST_CASE(an_evaluation_set_preprocessed_otherwise) {
  const Table train = table(800, 4, 3);
  Table evaluation = table(200, 4, 3, 2);
  for (float& value : evaluation.x) value = 128 + 60 * value;
  expect_finding(check(classifier(4, 3), data::from(train.dataset()).shuffle(1),
                       {.evaluation = data::from(evaluation.dataset())}),
                 "evaluation-statistics-differ", Severity::warning);
}

BOOST_AUTO_TEST_CASE(preprocessing_for_one_of_the_two_pipelines) {
  const Table train = table(800, 4, 3);
  const Table evaluation = table(200, 4, 3, 2);
  expect_finding(check(classifier(4, 3),
                       data::from(train.dataset()).preprocess(data::Preprocessing()).shuffle(1),
                       {.evaluation = data::from(evaluation.dataset())}),
                 "evaluation-preprocessed-differently", Severity::error);
}

BOOST_AUTO_TEST_CASE(evaluation_rows_from_the_training_data) {
  const Table rows = table(1000, 4, 3);
  expect_finding(check(classifier(4, 3), data::from(rows.dataset()).shuffle(1),
                       {.evaluation = data::from(rows.slice(900, 100).dataset())}),
                 "evaluation-overlaps-training", Severity::warning);
}

BOOST_AUTO_TEST_CASE(targets_of_binary_cross_entropy_that_are_no_probabilities) {
  Table rows = table(300, 4, 2);
  std::vector<float> targets;
  for (const std::int32_t label : rows.labels) targets.push_back(label == 0 ? -1.0F : 1.0F);
  expect_finding(check(logistic(4), data::from(rows.with_targets(targets)).shuffle(1)),
                 "target-outside-0-to-1", Severity::error);
}

BOOST_AUTO_TEST_CASE(targets_of_a_regression_that_are_not_scaled) {
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  for (float& value : targets) value = 250000 + 80000 * value;
  expect_finding(check(linear(2), data::from(rows.with_targets(targets)).shuffle(1)),
                 "target-scale", Severity::warning);
}

BOOST_AUTO_TEST_CASE(constant_targets_of_a_regression) {
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  for (float& value : targets) value = 3;
  expect_finding(check(linear(2), data::from(rows.with_targets(targets)).shuffle(1)),
                 "constant-target", Severity::error);
}

BOOST_AUTO_TEST_CASE(target_rows_that_are_no_distributions) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 3});
    const Tensor logits = nn::dense(x, 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy_with_probabilities(logits, y),
                 .outputs = {logits}};
  };
  const Table rows = table(300, 4, 3);
  std::vector<float> targets(900, 0.5F);
  const data::Dataset data = data::Dataset().add("x", {4}, rows.x).add("label", {3}, targets);
  expect_finding(check(model, data::from(data).shuffle(1)), "target-is-no-distribution",
                 Severity::error);
}

BOOST_AUTO_TEST_CASE(tokens_beyond_the_vocabulary) {
  std::vector<std::int32_t> tokens;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 300; ++i) {
    for (int k = 0; k < 6; ++k) tokens.push_back((i * 31 + k * 7) % 101);  // of 100 words
    labels.push_back(i * 7919 % 2);
  }
  const data::Dataset data = data::Dataset().add("tokens", {6}, tokens).add("label", {}, labels);
  expect_finding(check(text(100, 6, 2), data::from(data).shuffle(1)), "index-out-of-range",
                 Severity::error);
}

BOOST_AUTO_TEST_SUITE_END()
