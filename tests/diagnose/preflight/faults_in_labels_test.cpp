#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/preflight_setups.hpp"

// Labels that are among the features, and labels that mean something else in the evaluation data.

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// `rows` with one feature more, of each label.
Table with_feature(const Table& rows, float (*of_label)(std::int32_t)) {
  Table result{rows.features + 1, {}, rows.labels};
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    for (std::int64_t k = 0; k < rows.features; ++k)
      result.x.push_back(rows.x[static_cast<std::size_t>(r * rows.features + k)]);
    result.x.push_back(of_label(rows.labels[static_cast<std::size_t>(r)]));
  }
  return result;
}

Report evaluated(FunctionRef<Model(Graph&)> model, const data::Dataset& training,
                 const data::Dataset& evaluation) {
  return check(model, data::from(training).shuffle(1), {.evaluation = data::from(evaluation)});
}

/// The labels of `rows` in another numbering.
Table renumbered(Table rows, std::int32_t (*other)(std::int32_t)) {
  for (std::int32_t& label : rows.labels) label = other(label);
  return rows;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(planted_faults_in_labels)

BOOST_AUTO_TEST_CASE(a_label_among_the_features) {
  const Table rows = table(600, 4, 3);
  for (float (*const of_label)(std::int32_t) : {
           +[](std::int32_t label) { return static_cast<float>(label); },  // a copy
           +[](std::int32_t label) { return 100.0F - static_cast<float>(label); },
           +[](std::int32_t label) { return static_cast<float>(label * 7 % 3); },  // renamed
       }) {
    const Report report =
        check(classifier(5, 3), data::from(with_feature(rows, of_label).dataset()).shuffle(1));
    expect_finding(report, "label-is-a-feature", Severity::warning);
    BOOST_TEST(report.find("label-is-a-feature")->what.find("element 4 of 'x'") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_label_in_a_field_of_integers) {
  const Table rows = table(600, 4, 3);
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor kind = g.input("kind", {batch}, i32);
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor all = concat({x, nn::embedding(kind, 3, 2, "kind")}, 1);
    const Tensor logits = nn::dense(all, 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
  Table other = rows;
  for (std::int32_t& label : other.labels) label = (label + 1) % 3;
  const data::Dataset data = data::Dataset()
                                 .add("x", {4}, rows.x)
                                 .add("kind", {}, other.labels)
                                 .add("label", {}, rows.labels);
  const Report report = check(model, data::from(data).shuffle(1));
  expect_finding(report, "label-is-a-feature", Severity::warning);
  BOOST_TEST(report.find("label-is-a-feature")->what.find("feature 'kind'") == 0U);
}

BOOST_AUTO_TEST_CASE(a_label_one_hot_among_the_features) {
  Table rows = table(600, 4, 3);
  for (const std::int32_t k : {0, 1, 2}) {
    Table next{rows.features + 1, {}, rows.labels};
    for (std::int64_t r = 0; r < rows.rows(); ++r) {
      for (std::int64_t f = 0; f < rows.features; ++f)
        next.x.push_back(rows.x[static_cast<std::size_t>(r * rows.features + f)]);
      next.x.push_back(rows.labels[static_cast<std::size_t>(r)] == k ? 1.0F : 0.0F);
    }
    rows = next;
  }
  expect_finding(check(classifier(7, 3), data::from(rows.dataset()).shuffle(1)),
                 "label-is-a-feature", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_target_of_a_regression_among_the_features) {
  std::vector<float> targets;
  Table rows = plane(500, targets);
  for (const float scale : {1.0F, 0.01F}) {
    Table more{3, {}, rows.labels};
    for (std::size_t r = 0; r < targets.size(); ++r)
      more.x.insert(more.x.end(), {rows.x[2 * r], targets[r] * scale, rows.x[2 * r + 1]});
    more.labels.resize(targets.size());
    const Report report = check(linear(3), data::from(more.with_targets(targets)).shuffle(1));
    expect_finding(report, "label-is-a-feature", Severity::warning);
    BOOST_TEST(report.find("label-is-a-feature")->what.find("element 1 of 'x'") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(evaluation_labels_that_count_from_one) {
  const Table rows = table(800, 4, 4);
  const data::Dataset evaluation =
      renumbered(rows.slice(600, 200), [](std::int32_t l) { return l + 1; }).dataset();
  // Of the model's four classes one does not exist; with five all do, but one is never trained.
  const data::Dataset training = rows.slice(0, 600).dataset();
  expect_finding(evaluated(classifier(4, 4), training, evaluation), "evaluation-labels-differ",
                 Severity::error);
  expect_finding(evaluated(classifier(4, 5), training, evaluation), "evaluation-labels-differ",
                 Severity::warning);
}

BOOST_AUTO_TEST_CASE(evaluation_labels_in_another_order) {
  const Table rows = table(800, 4, 4);
  const Report report = evaluated(
      classifier(4, 4), rows.slice(0, 600).dataset(),
      renumbered(rows.slice(600, 200), [](std::int32_t l) { return (l + 1) % 4; }).dataset());
  expect_finding(report, "evaluation-labels-differ", Severity::warning);
  BOOST_TEST(report.find("evaluation-labels-differ")->what.find("samples with label 0") !=
             std::string::npos);
  // Two classes with their names exchanged.
  const Table two = table(800, 4, 2);
  expect_finding(evaluated(logistic(4), two.slice(0, 600).with_float_labels(),
                           renumbered(two.slice(600, 200), [](std::int32_t l) { return 1 - l; })
                               .with_float_labels()),
                 "evaluation-labels-differ", Severity::warning);
}

BOOST_AUTO_TEST_CASE(evaluation_labels_of_minus_one_and_one) {
  const Table rows = table(800, 4, 2);
  Table signs = rows.slice(600, 200);
  for (std::int32_t& label : signs.labels) label = 2 * label - 1;
  expect_finding(
      evaluated(logistic(4), rows.slice(0, 600).with_float_labels(), signs.with_float_labels()),
      "evaluation-labels-differ", Severity::error);
  const auto with_hinge = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "score");
    return Model{.loss = nn::hinge(p, y), .outputs = {p}};
  };
  Table training = rows.slice(0, 600);
  for (std::int32_t& label : training.labels) label = 2 * label - 1;
  expect_finding(
      evaluated(with_hinge, training.with_float_labels(), rows.slice(600, 200).with_float_labels()),
      "evaluation-labels-differ", Severity::warning);
}

BOOST_AUTO_TEST_CASE(evaluation_targets_on_another_scale) {
  std::vector<float> targets;
  const Table rows = plane(600, targets);
  std::vector<float> scaled(targets.begin() + 400, targets.end());
  for (float& each : scaled) each = 300 + 40 * each;
  targets.resize(400);
  expect_finding(evaluated(linear(2), rows.slice(0, 400).with_targets(targets),
                           rows.slice(400, 200).with_targets(scaled)),
                 "evaluation-targets-differ", Severity::warning);
}

BOOST_AUTO_TEST_SUITE_END()
