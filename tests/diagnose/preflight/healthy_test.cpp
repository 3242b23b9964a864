#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/foregraph.hpp>
#include <random>
#include <string>
#include <vector>

#include "support/preflight_setups.hpp"

// Set-ups with nothing wrong, some of them near to what would be: preflight has neither warnings
// nor errors.

using namespace foregraph;
using namespace foregraph::test;
using namespace foregraph::literals;

BOOST_AUTO_TEST_SUITE(healthy_set_ups)

BOOST_AUTO_TEST_CASE(a_shuffled_classifier) {
  expect_silence(
      check(classifier(4, 4), data::from(table(2000, 4, 4).sorted().dataset()).shuffle(42)));
}

BOOST_AUTO_TEST_CASE(many_seeds_of_a_shuffle) {
  const data::Dataset sorted = table(1000, 4, 4).sorted().dataset();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    expect_silence(
        check(classifier(4, 4), data::from(sorted).shuffle(seed).batch(16), {.run_model = false}));
  }
}

BOOST_AUTO_TEST_CASE(two_classes_with_one_output) {
  expect_silence(
      check(logistic(10),
            data::from(table(200, 10, 2).sorted().with_float_labels()).shuffle(1).batch(32)));
}

BOOST_AUTO_TEST_CASE(a_regression) {
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  expect_silence(check(linear(2), data::from(rows.with_targets(targets)).shuffle(3).batch(16)));
}

BOOST_AUTO_TEST_CASE(data_that_are_in_random_order_already) {
  expect_silence(check(classifier(4, 4), data::from(table(2000, 4, 4).dataset())));
}

BOOST_AUTO_TEST_CASE(all_of_the_data_in_one_batch) {
  expect_silence(
      check(classifier(4, 4), data::from(table(300, 4, 4).sorted().dataset()).batch(300)));
}

BOOST_AUTO_TEST_CASE(a_tail_of_one_sample_without_batch_norm) {
  expect_silence(
      check(classifier(4, 3), data::from(table(321, 4, 3).dataset()).shuffle(1).batch(32)));
}

BOOST_AUTO_TEST_CASE(batches_of_one_sample_without_batch_norm) {
  expect_silence(
      check(classifier(4, 3), data::from(table(200, 4, 3).dataset()).shuffle(1).batch(1)));
}

BOOST_AUTO_TEST_CASE(batch_norm_with_a_tail_that_is_dropped) {
  expect_silence(
      check(normalised(4, 3),
            data::from(table(321, 4, 3).dataset()).shuffle(1).batch(32, data::Tail::drop)));
}

BOOST_AUTO_TEST_CASE(batch_norm_of_images_with_small_batches_and_a_tail_of_one) {
  Table rows = table(201, 64, 3);
  const data::Dataset data =
      data::Dataset().add("x", {8, 8, 1}, rows.x).add("label", {}, rows.labels);
  expect_silence(check(small_images(3), data::from(data).shuffle(1).batch(4)));
}

BOOST_AUTO_TEST_CASE(a_shuffle_buffer_for_data_in_random_order) {
  expect_silence(
      check(classifier(4, 4), data::from(table(2000, 4, 4).dataset()).shuffle_buffer(200, 1)));
}

BOOST_AUTO_TEST_CASE(an_evaluation_set_split_at_random) {
  const Table rows = table(1000, 4, 3);
  expect_silence(check(classifier(4, 3), data::from(rows.slice(0, 800).dataset()).shuffle(1),
                       {.evaluation = data::from(rows.slice(800, 200).dataset())}));
}

BOOST_AUTO_TEST_CASE(one_preprocessing_for_both) {
  const Table rows = table(1000, 4, 3);
  const data::Preprocessing both;
  expect_silence(
      check(classifier(4, 3), data::from(rows.slice(0, 800).dataset()).preprocess(both).shuffle(1),
            {.evaluation = data::from(rows.slice(800, 200).dataset()).preprocess(both)}));
}

BOOST_AUTO_TEST_CASE(flags_as_features) {
  Table rows = table(2000, 6, 2);
  for (std::size_t i = 0; i < rows.x.size(); ++i)
    rows.x[i] = i % 6 == 0 ? (rows.x[i] > 2.8F ? 1.0F : 0.0F) : (rows.x[i] > 0 ? 1.0F : 0.0F);
  // Rows of six flags are the same by their nature, also in the evaluation data.
  expect_silence(check(classifier(6, 2), data::from(rows.slice(0, 1500).dataset()).shuffle(1),
                       {.evaluation = data::from(rows.slice(1500, 500).dataset())}));
}

BOOST_AUTO_TEST_CASE(images_with_a_border_that_is_always_zero) {
  Table rows = table(300, 784, 10);
  for (std::size_t i = 0; i < rows.x.size(); ++i) {
    const std::size_t pixel = i % 784;
    const bool border = pixel / 28 < 3 || pixel % 28 < 3;
    rows.x[i] = border ? 0.0F : std::clamp(0.5F + 0.25F * rows.x[i], 0.0F, 1.0F);
  }
  expect_silence(check(classifier(784, 10), data::from(rows.dataset()).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(features_of_any_scale_that_the_model_normalises) {
  Table rows = table(600, 4, 3);
  for (std::size_t i = 1; i < rows.x.size(); i += 4) rows.x[i] = 300 + 5000 * rows.x[i];
  expect_silence(check(normalising(4, 3), data::from(rows.dataset()).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(tokens_within_the_vocabulary) {
  std::vector<std::int32_t> tokens;
  std::vector<std::int32_t> labels;
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    for (int k = 0; k < 6; ++k) tokens.push_back(static_cast<std::int32_t>(random() % 100));
    labels.push_back(static_cast<std::int32_t>(random() % 2));
  }
  const data::Dataset data = data::Dataset().add("tokens", {6}, tokens).add("label", {}, labels);
  expect_silence(check(text(100, 6, 2), data::from(data).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(classes_of_unequal_size) {
  Table rows = table(3000, 4, 3);
  for (std::size_t i = 0; i < rows.labels.size(); ++i)
    if (i % 50 != 0) rows.labels[i] = 0;
  expect_silence(check(classifier(4, 3), data::from(rows.dataset()).shuffle(1)));
  expect_silence(check(classifier(4, 3), data::from(rows.sorted().dataset()).shuffle(2)));
}

BOOST_AUTO_TEST_CASE(classes_balanced_on_purpose) {
  Table rows = table(3000, 4, 3);
  for (std::size_t i = 0; i < rows.labels.size(); ++i)
    if (i % 10 != 0) rows.labels[i] = 0;
  expect_silence(check(classifier(4, 3), data::from(rows.dataset()).class_balanced("label", 1)));
}

BOOST_AUTO_TEST_CASE(twenty_samples) {
  expect_silence(
      check(classifier(4, 2), data::from(table(20, 4, 2).dataset()).shuffle(1).batch(4)));
}

BOOST_AUTO_TEST_CASE(threads_and_noise_as_augmentation) {
  const data::Pipeline data = data::from(table(1000, 4, 3).dataset())
                                  .shuffle(1)
                                  .prefetch(3)
                                  .workers(2)
                                  .map([](data::Sample& sample) {
                                    std::mt19937_64 random(sample.random_seed());
                                    for (float& value : sample.field<float>("x"))
                                      value += 0.1F * std::normal_distribution<float>()(random);
                                  });
  expect_silence(check(classifier(4, 3), data));
}

BOOST_AUTO_TEST_CASE(a_budget_that_is_just_enough) {
  const data::Pipeline data = data::from(table(2000, 64, 4).dataset()).shuffle(1).batch(500);
  Graph g;
  const Model model = classifier(64, 4)(g);
  const Bytes peak = plan_memory(training_graph(g, model, optim::adam()), 500).peak();
  expect_silence(check(classifier(64, 4), data,
                       {.memory_budget = Bytes{peak.count + data.own_bytes().count}}));
}

BOOST_AUTO_TEST_CASE(missing_values_in_a_field_that_the_model_does_not_read) {
  const Table rows = table(300, 4, 3);
  const data::Dataset data =
      rows.dataset().add("notes", {}, std::vector<float>(300, std::nanf("")));
  expect_silence(check(classifier(4, 3), data::from(data).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(targets_that_are_probabilities) {
  Table rows = table(500, 4, 2);
  std::vector<float> targets;
  for (const std::int32_t label : rows.labels) targets.push_back(label == 0 ? 0.1F : 0.9F);
  expect_silence(check(logistic(4), data::from(rows.with_targets(targets)).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(targets_with_heavy_tails) {
  std::vector<float> targets;
  const Table rows = plane(2000, targets);
  std::mt19937 random(1);
  for (float& value : targets) value = std::exponential_distribution<float>(0.5F)(random);
  expect_silence(check(linear(2), data::from(rows.with_targets(targets)).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(a_loss_weighted_by_sample) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor w = g.input("weight", {batch, 1});
    const Tensor p = nn::dense(x, 1, "out");
    const Tensor error = subtract(p, y);
    return Model{.loss = divide(sum(multiply(w, multiply(error, error))), sum(w)), .outputs = {p}};
  };
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  std::vector<float> weights;
  for (int i = 0; i < 500; ++i) weights.push_back(0.2F + static_cast<float>(i % 7));
  const data::Dataset data = rows.with_targets(targets).add("weight", {1}, weights);
  expect_silence(check(model, data::from(data).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_a_sum_with_decay_of_the_weights) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor w = g.parameter("w", {Dim{2}, Dim{1}}, uniform(0.5));
    const Tensor p = matmul(x, w);
    const Tensor error = subtract(p, y);
    const Tensor decay = multiply(sum(multiply(w, w)), 1e-4);
    return Model{.loss = add(sum(multiply(error, error)), decay), .outputs = {p}};
  };
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  expect_silence(check(model, data::from(rows.with_targets(targets)).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(batches_filled_up_with_a_mask) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch});
    const Tensor mask = g.input("mask", {batch});
    const Tensor p = reshape(nn::dense(x, 1, "out"), {batch});
    const Tensor error = subtract(p, y);
    return Model{.loss = divide(sum(multiply(mask, multiply(error, error))), sum(mask)),
                 .outputs = {p}};
  };
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  const data::Dataset data = data::Dataset().add("x", {2}, rows.x).add("label", {}, targets);
  expect_silence(check(model, data::from(data).shuffle(1).batch(32, data::Tail::pad)));
}

BOOST_AUTO_TEST_CASE(parts_of_the_data_for_several_processes) {
  expect_silence(
      check(classifier(4, 3),
            data::from(table(2000, 4, 3).sorted().dataset()).shuffle(1).shard(1, 4).repeat(2)));
}

BOOST_AUTO_TEST_CASE(dropout_and_layer_norm) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor h = dropout(relu(nn::layer_norm(nn::dense(x, 16, "hidden"), "norm")), 0.3);
    const Tensor logits = nn::dense(h, 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
  expect_silence(check(model, data::from(table(600, 4, 3).dataset()).shuffle(1)));
}

BOOST_AUTO_TEST_SUITE_END()
