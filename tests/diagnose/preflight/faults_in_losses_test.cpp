#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/foregraph.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "support/preflight_setups.hpp"

// Predictions, losses and targets that do not go together.

using namespace foregraph;
using namespace foregraph::test;

namespace {

using Activation = std::function<Tensor(Tensor)>;

/// A classifier of 4 features and 3 classes with something between the last layer and the loss.
std::function<Model(Graph&)> ending_in(const Activation& last) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor p = last(nn::dense(relu(nn::dense(x, 16, "hidden")), 3, "logits"));
    return Model{.loss = nn::softmax_cross_entropy(p, y), .outputs = {p}};
  };
}
/// The same for one probability.
std::function<Model(Graph&)> binary_ending_in(const Activation& last, bool of_logits) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = last(nn::dense(relu(nn::dense(x, 16, "hidden")), 1, "logits"));
    return Model{.loss = of_logits ? nn::binary_cross_entropy_with_logits(p, y)
                                   : nn::binary_cross_entropy(p, y),
                 .outputs = {p}};
  };
}
/// A regression of 2 features.
std::function<Model(Graph&)> regression_ending_in(const Activation& last, int loss = 0) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = last(nn::dense(relu(nn::dense(x, 16, "hidden")), 1, "out"));
    return Model{.loss = loss == 0   ? nn::mean_squared_error(p, y)
                         : loss == 1 ? nn::mean_absolute_error(p, y)
                                     : nn::huber(p, y),
                 .outputs = {p}};
  };
}

data::Pipeline three_classes() {
  return data::from(table(600, 4, 3).dataset()).shuffle(1);
}
data::Pipeline two_classes_in_floats() {
  return data::from(table(600, 4, 2).with_float_labels()).shuffle(1);
}
/// Targets of the plane, put into the given range.
data::Pipeline targets_within(float low, float high) {
  std::vector<float> targets;
  const Table rows = plane(600, targets);
  const auto [least, most] = std::minmax_element(targets.begin(), targets.end());
  const float a = *least;
  const float b = *most;
  for (float& each : targets) each = low + (high - low) * (each - a) / (b - a);
  return data::from(rows.with_targets(targets)).shuffle(1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(planted_faults_in_losses)

BOOST_AUTO_TEST_CASE(bounded_logits_of_a_softmax) {
  for (const Activation& last :
       {Activation([](Tensor x) { return softmax(x); }),
        Activation([](Tensor x) { return sigmoid(x); }),
        Activation([](Tensor x) { return tanh(x); }),
        Activation([](Tensor x) { return hard_sigmoid(x); }),
        Activation([](Tensor x) { return softsign(x); }), Activation([](Tensor x) {
          return reshape(softmax(x), {batch, 3});
        }),
        Activation([](Tensor x) { return clamp(x, 0.0, 1.0); })})
    expect_finding(check(ending_in(last), three_classes()), "activation-before-loss",
                   Severity::warning);
  const Report report = check(ending_in([](Tensor x) { return softmax(x); }), three_classes());
  // The best prediction of 3 classes is (1, 0, 0): a loss of log(1 + 2/e).
  for (const Figure& each : report.find("activation-before-loss")->figures)
    if (each.name == "least_loss")
      BOOST_TEST(each.value == std::log(1 + 2 / std::exp(1.0)), boost::test_tools::tolerance(1e-9));
  BOOST_TEST(report.find("activation-before-loss")->what.find("faults_in_losses_test.cpp") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_log_softmax_or_relu_in_front_of_a_softmax_is_worth_a_note) {
  expect_finding(check(ending_in([](Tensor x) { return log_softmax(x); }), three_classes()),
                 "activation-before-loss", Severity::note);
  expect_finding(check(ending_in([](Tensor x) { return relu(x); }), three_classes()),
                 "activation-before-loss", Severity::note);
}

BOOST_AUTO_TEST_CASE(probabilities_for_a_softmax_of_distributions) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("target", {batch, 3});
    const Tensor p = softmax(nn::dense(x, 3, "logits"));
    return Model{.loss = nn::softmax_cross_entropy_with_probabilities(p, y), .outputs = {p}};
  };
  const Table rows = table(600, 4, 3);
  std::vector<float> one_hot_rows;
  for (const std::int32_t label : rows.labels)
    for (int k = 0; k < 3; ++k) one_hot_rows.push_back(k == label ? 1.0F : 0.0F);
  const data::Dataset data = data::Dataset().add("x", {4}, rows.x).add("target", {3}, one_hot_rows);
  expect_finding(check(model, data::from(data).shuffle(1)), "activation-before-loss",
                 Severity::warning);
}

BOOST_AUTO_TEST_CASE(activations_in_front_of_a_sigmoid_of_the_loss) {
  for (const Activation& last :
       {Activation([](Tensor x) { return sigmoid(x); }),
        Activation([](Tensor x) { return tanh(x); }), Activation([](Tensor x) { return relu(x); }),
        Activation([](Tensor x) { return softplus(x); }),
        Activation([](Tensor x) { return log_softmax(x); }),
        Activation([](Tensor x) { return softmax(x); })})
    expect_finding(check(binary_ending_in(last, true), two_classes_in_floats()),
                   "activation-before-loss", Severity::warning);
}

BOOST_AUTO_TEST_CASE(no_probabilities_for_a_binary_cross_entropy) {
  for (const Activation& last :
       {Activation([](Tensor x) { return x; }), Activation([](Tensor x) { return tanh(x); }),
        Activation([](Tensor x) { return x * 5.0; })})
    expect_finding(check(binary_ending_in(last, false), two_classes_in_floats()),
                   "prediction-outside-0-to-1", Severity::error);
}

BOOST_AUTO_TEST_CASE(targets_outside_the_range_of_the_output) {
  struct Case {
    Activation last;
    float low;
    float high;
  };
  const std::vector<Case> cases{{[](Tensor x) { return relu(x); }, -1, 1},
                                {[](Tensor x) { return tanh(x); }, -5, 5},
                                {[](Tensor x) { return tanh(x); }, 0, 255},
                                {[](Tensor x) { return sigmoid(x); }, -1, 1},
                                {[](Tensor x) { return sigmoid(x); }, 0, 10},
                                {[](Tensor x) { return softplus(x); }, -2, 0},
                                {[](Tensor x) { return exp(x); }, -1, 2},
                                {[](Tensor x) { return relu6(x); }, 0, 12},
                                {[](Tensor x) { return sigmoid(x) * 2.0 - 1.0; }, -3, 3},
                                {[](Tensor x) { return gelu(x); }, -2, 2},
                                {[](Tensor x) { return clamp(x, -1.0, 1.0); }, -2, 2}};
  for (std::size_t i = 0; i < cases.size(); ++i)
    for (const int loss : {0, 1, 2}) BOOST_TEST_CONTEXT("case " << i << ", loss " << loss)
  expect_finding(
      check(regression_ending_in(cases[i].last, loss), targets_within(cases[i].low, cases[i].high)),
      "target-outside-output", Severity::warning);
}

BOOST_AUTO_TEST_CASE(an_autoencoder_whose_output_cannot_be_its_input) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 8});
    const Tensor p = sigmoid(nn::dense(relu(nn::dense(x, 3, "code")), 8, "out"));
    return Model{.loss = nn::mean_squared_error(p, x), .outputs = {p}};
  };
  const Table rows = table(500, 8, 3);  // about 0, to both sides
  expect_finding(check(model, data::from(data::Dataset().add("x", {8}, rows.x)).shuffle(1)),
                 "target-outside-output", Severity::warning);
}

BOOST_AUTO_TEST_CASE(labels_0_and_1_of_a_hinge_loss) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "score");
    return Model{.loss = nn::hinge(p, y), .outputs = {p}};
  };
  expect_finding(check(model, two_classes_in_floats()), "hinge-labels", Severity::error);
}

BOOST_AUTO_TEST_CASE(a_softmax_along_the_samples) {
  expect_finding(check(ending_in([](Tensor x) { return softmax(x, 0) * 20.0; }), three_classes()),
                 "softmax-over-batch", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_softmax_along_the_places_instead_of_the_classes) {
  // Targets are one-hot along the last axis.
  const auto model = [](int axis) {
    return [=](Graph& g) {
      const Tensor x = g.input("x", {batch, 5, 4});
      const Tensor y = g.input("target", {batch, 5, 3});
      const Tensor p = softmax(nn::dense(x, 3, "logits", {.every_position = true}), axis);
      const Tensor each = negate(sum(multiply(y, log(maximum(p, 1e-7))), {2}));
      return Model{.loss = mean(each), .outputs = {p}};
    };
  };
  const Table rows = table(1000, 4, 3);
  std::vector<float> targets;
  for (const std::int32_t label : rows.labels)
    for (int k = 0; k < 3; ++k) targets.push_back(k == label ? 1.0F : 0.0F);
  const data::Dataset data =
      data::Dataset().add("x", {5, 4}, rows.x).add("target", {5, 3}, targets);
  expect_finding(check(model(1), data::from(data).shuffle(1)), "softmax-over-wrong-axis",
                 Severity::error);
  expect_silence(check(model(2), data::from(data).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(a_loss_with_the_wrong_sign) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "out");
    return Model{.loss = negate(nn::mean_squared_error(p, y)), .outputs = {p}};
  };
  expect_finding(check(model, targets_within(-1, 1)), "loss-is-maximised", Severity::error);
  const auto of_classes = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor logits = nn::dense(x, 3, "out");
    return Model{.loss = nn::softmax_cross_entropy(logits, y) * -1.0, .outputs = {logits}};
  };
  expect_finding(check(of_classes, three_classes()), "loss-is-maximised", Severity::error);
}

BOOST_AUTO_TEST_CASE(a_penalty_that_outweighs_the_loss) {
  const auto model = [](double factor) {
    return [=](Graph& g) {
      const Tensor x = g.input("x", {batch, 4});
      const Tensor y = g.input("label", {batch}, i32);
      const Tensor w = g.parameter("w", {Dim{4}, Dim{3}}, uniform(0.8, 1));
      const Tensor logits = matmul(x, w);
      const Tensor penalty = multiply(sum(square(w)), factor);
      return Model{.loss = add(nn::softmax_cross_entropy(logits, y), penalty), .outputs = {logits}};
    };
  };
  expect_finding(check(model(10), three_classes()), "penalty-above-loss", Severity::warning);
  expect_silence(check(model(1e-3), three_classes()));
}

BOOST_AUTO_TEST_CASE(a_label_that_the_prediction_is_made_of) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor all = concat({x, reshape(cast(y, f32), {batch, 1})}, 1);
    const Tensor logits = nn::dense(relu(nn::dense(all, 16, "hidden")), 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
  expect_finding(check(model, three_classes()), "label-is-a-feature", Severity::warning);
}

BOOST_AUTO_TEST_SUITE_END()
