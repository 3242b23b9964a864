#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/preflight_setups.hpp"

// Each case plants one fault in the model, the optimizer or the batch size, and looks for its
// finding.

using namespace foregraph;
using namespace foregraph::test;
using namespace foregraph::literals;

BOOST_AUTO_TEST_SUITE(planted_faults_in_models)

BOOST_AUTO_TEST_CASE(a_tail_of_one_sample_with_batch_norm) {
  const Table rows = table(321, 4, 3);
  expect_finding(check(normalised(4, 3), data::from(rows.dataset()).shuffle(1).batch(32)),
                 "one-sample-tail-with-batch-norm", Severity::warning);
  const Report dropped =
      check(normalised(4, 3), data::from(rows.dataset()).shuffle(1).batch(32, data::Tail::drop));
  BOOST_TEST(!dropped.has("one-sample-tail-with-batch-norm"));
}

BOOST_AUTO_TEST_CASE(tiny_batches_with_batch_norm) {
  expect_finding(
      check(normalised(4, 3), data::from(table(320, 4, 3).dataset()).shuffle(1).batch(4)),
      "tiny-batch-with-batch-norm", Severity::warning);
}

BOOST_AUTO_TEST_CASE(batches_of_one_sample_with_batch_norm) {
  expect_finding(
      check(normalised(4, 3), data::from(table(320, 4, 3).dataset()).shuffle(1).batch(1)),
      "one-sample-batch-norm", Severity::error);
}

BOOST_AUTO_TEST_CASE(a_loss_in_which_samples_meet_by_a_broadcast) {
  // The mean target is compared with every prediction: with one sample that is its own.
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "out");
    const Tensor error = subtract(p, mean(y, {0}, KeepDims::yes));
    return Model{.loss = mean(multiply(error, error)), .outputs = {p}};
  };
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  const Report report = check(model, data::from(rows.with_targets(targets)).shuffle(1));
  expect_finding(report, "loss-mixes-samples", Severity::warning);
  BOOST_TEST(report.find("loss-mixes-samples")->what.find("faults_in_models_test.cpp") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_softmax_along_the_batch) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = softmax(nn::dense(x, 1, "out"), 0);
    return Model{.loss = nn::binary_cross_entropy(p, y), .outputs = {p}};
  };
  expect_finding(check(model, data::from(table(300, 4, 2).with_float_labels()).shuffle(1)),
                 "loss-mixes-samples", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_learning_rate_far_too_high) {
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  const Report report = check_sgd(linear(2), data::from(rows.with_targets(targets)).shuffle(1), 10);
  expect_finding(report, "learning-rate-too-high", Severity::warning);
  BOOST_TEST(report.find("learning-rate-too-high")->figures[0].value == 10);
}

BOOST_AUTO_TEST_CASE(a_learning_rate_far_too_low) {
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  expect_finding(check_sgd(linear(2), data::from(rows.with_targets(targets)).shuffle(1), 1e-9),
                 "learning-rate-too-low", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_batch_over_the_memory_budget) {
  const Table rows = table(2000, 64, 4);
  const data::Pipeline data = data::from(rows.dataset()).shuffle(1).batch(1000);
  const Report report = check(classifier(64, 4), data, {.memory_budget = 256_KiB});
  expect_finding(report, "over-memory-budget", Severity::error);
  BOOST_TEST(report.find("over-memory-budget")->way_out.find("micro-batches") != std::string::npos);
  const Report fitted =
      check(classifier(64, 4), data, {.memory_budget = 256_KiB, .fit_to_budget = true});
  expect_finding(fitted, "over-memory-budget", Severity::note);
}

BOOST_AUTO_TEST_CASE(a_model_over_any_batch_s_budget) {
  const Report report = check(classifier(64, 4), data::from(table(200, 64, 4).dataset()).shuffle(1),
                              {.memory_budget = 4_KiB});
  expect_finding(report, "over-memory-budget", Severity::error);
  BOOST_TEST(report.find("over-memory-budget")->way_out.find("nothing makes it fit") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_model_that_learns_nothing) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor h = nn::dense(x, 8, "hidden");
    const Tensor off = relu(subtract(h, 1000.0));  // always off
    const Tensor w = g.parameter("w", {Dim{8}, Dim{3}}, filled_with(0.1));
    const Tensor logits = matmul(off, w);
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
  expect_finding(check(model, data::from(table(300, 4, 3).dataset()).shuffle(1)),
                 "gradient-is-zero", Severity::error);
}

BOOST_AUTO_TEST_CASE(a_loss_outside_its_domain) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "out");  // no sigmoid: logarithms of negative numbers
    return Model{.loss = mean(multiply(subtract(log(p), y), subtract(log(p), y))), .outputs = {p}};
  };
  expect_finding(check(model, data::from(table(300, 4, 2).with_float_labels()).shuffle(1)),
                 "loss-not-finite", Severity::error);
}

BOOST_AUTO_TEST_CASE(a_gradient_outside_its_domain) {
  // The root of a number that is exactly zero at the start.
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor w = g.parameter("w", {Dim{4}, Dim{1}});
    const Tensor p = matmul(x, w);
    const Tensor size = sqrt(p);
    return Model{.loss = mean(add(size, multiply(y, 0.0))), .outputs = {p}};
  };
  expect_finding(check(model, data::from(table(300, 4, 2).with_float_labels()).shuffle(1)),
                 "gradient-not-finite", Severity::error);
}

BOOST_AUTO_TEST_SUITE_END()
