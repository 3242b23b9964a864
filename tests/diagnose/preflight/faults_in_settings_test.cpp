#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "support/preflight_setups.hpp"

// Rates, decays and initial weights that are far from what is in use, and what they lead to.

using namespace foregraph;
using namespace foregraph::test;

namespace {

template <class Optimizer>
Report trained_by(const Optimizer& optimizer, std::optional<double> learning_rate = {}) {
  Graph g;
  const Model built = classifier(4, 3)(g);
  PreflightOptions options;
  options.most_seconds = std::numeric_limits<double>::infinity();
  options.memory_budget = Bytes{std::int64_t{1} << 30};
  options.learning_rate = learning_rate;
  return preflight(g, built, optimizer, data::from(table(600, 4, 3).dataset()).shuffle(1), options);
}

std::function<Model(Graph&)> with_dropout_of(double rate) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor logits = nn::dense(dropout(relu(nn::dense(x, 32, "hidden")), rate), 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

/// `layers` layers of 16 units.
template <class Act>
std::function<Model(Graph&)> deep(int layers, Act activation, bool residual = false) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    Tensor h = nn::dense(x, 16, "first");
    for (int i = 0; i < layers; ++i) {
      const Tensor next = activation(nn::dense(h, 16, "layer" + std::to_string(i)));
      h = residual ? add(h, next) : next;
    }
    const Tensor logits = nn::dense(h, 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

Report of_classes(FunctionRef<Model(Graph&)> model) {
  return check(model, data::from(table(600, 4, 3).dataset()).shuffle(1));
}

/// Two layers with weights of normal(deviation), in front of `activation`.
template <class Act>
std::function<Model(Graph&)> with_weights_of(double deviation, Act activation, double bias = 0) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor w1 = g.parameter("w1", {Dim{4}, Dim{32}}, normal(deviation, 1));
    const Tensor b1 = g.parameter("b1", {Dim{32}}, filled_with(bias));
    const Tensor w2 = g.parameter("w2", {Dim{32}, Dim{3}}, normal(deviation, 2));
    const Tensor b2 = g.parameter("b2", {Dim{3}});
    const Tensor h = activation(add(matmul(x, w1), b1));
    const Tensor logits = add(matmul(h, w2), b2);
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(planted_faults_in_settings)

BOOST_AUTO_TEST_CASE(a_decay_that_takes_all_the_weights) {
  expect_finding(trained_by(optim::adamw(1e-3, 10)), "weight-decay", Severity::warning);
  expect_finding(trained_by(optim::sgd_weight_decay(0.1, 10)), "weight-decay", Severity::warning);
  expect_finding(trained_by(optim::sgd_weight_decay(0.1, 0.5)), "weight-decay", Severity::warning);
  // What counts is the highest rate of a schedule.
  expect_finding(trained_by(optim::adamw(1e-5, 1), 0.05), "weight-decay", Severity::warning);
}

BOOST_AUTO_TEST_CASE(momentum_that_never_forgets) {
  for (const double momentum : {1.0, 0.999999, 1.5, -0.9})
    expect_finding(trained_by(optim::sgd_momentum(0.01, momentum)), "optimizer-setting",
                   Severity::warning);
  expect_finding(trained_by(optim::Adam{1e-3, 1.0, 0.999}), "optimizer-setting", Severity::warning);
  expect_finding(trained_by(optim::Adam{1e-3, 0.9, 1.0}), "optimizer-setting", Severity::warning);
  expect_finding(trained_by(optim::Adam{1e-3, 0.9, 0.999, 0.0}), "optimizer-setting",
                 Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_learning_rate_of_zero_or_below) {
  expect_finding(trained_by(optim::sgd(-0.1)), "optimizer-setting", Severity::error);
  expect_finding(trained_by(optim::adam(0)), "optimizer-setting", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_learning_rate_of_ten_and_of_almost_nothing) {
  expect_finding(trained_by(optim::adam(10)), "learning-rate-too-high", Severity::warning);
  expect_finding(trained_by(optim::adam(1e-12)), "learning-rate-too-low", Severity::warning);
  expect_finding(trained_by(optim::sgd(1e-12)), "learning-rate-too-low", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_dropout_that_leaves_nothing) {
  for (const double rate : {0.9, 0.99, 0.999}) {
    const Report report = of_classes(with_dropout_of(rate));
    expect_finding(report, "dropout-rate", Severity::warning);
    BOOST_TEST(report.find("dropout-rate")->figures[0].value == rate);
  }
}

BOOST_AUTO_TEST_CASE(thirty_layers_of_sigmoids) {
  const auto squash = [](Tensor x) { return sigmoid(x); };
  const Report report = of_classes(deep(30, squash));
  expect_finding(report, "vanishing-gradients", Severity::warning);
  BOOST_TEST(report.find("vanishing-gradients")->what.find("'first/weight'") != std::string::npos);
  expect_finding(of_classes(deep(15, squash)), "vanishing-gradients", Severity::warning);
  BOOST_TEST(!of_classes(deep(2, squash)).has("vanishing-gradients"));
}

BOOST_AUTO_TEST_CASE(initial_weights_far_too_large) {
  expect_finding(of_classes(with_weights_of(20, [](Tensor x) { return relu(x); })), "loss-at-start",
                 Severity::warning);
  expect_finding(of_classes(with_weights_of(1000, [](Tensor x) { return tanh(x); })),
                 "saturated-units", Severity::warning);
  expect_finding(of_classes(with_weights_of(1000, [](Tensor x) { return sigmoid(x); })),
                 "saturated-units", Severity::warning);
}

BOOST_AUTO_TEST_CASE(units_that_are_always_off) {
  const Report report = of_classes(with_weights_of(
      0.3, [](Tensor x) { return relu(x); }, -100));
  expect_finding(report, "dead-units", Severity::warning);
  // Only the last bias has a gradient.
  expect_finding(report, "gradient-is-zero", Severity::error);
}

BOOST_AUTO_TEST_CASE(weights_that_are_all_zero) {
  expect_finding(of_classes(with_weights_of(0, [](Tensor x) { return relu(x); })),
                 "gradient-is-zero", Severity::error);
}

BOOST_AUTO_TEST_SUITE_END()
