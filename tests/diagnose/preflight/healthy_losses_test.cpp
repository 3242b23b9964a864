#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/foregraph.hpp>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/preflight_setups.hpp"

// Set-ups with nothing wrong: losses that are sums, noise as a field, two players, deep models, and
// outputs whose range holds the targets.

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Pictures of 8 by 8 pixels in [0,1].
std::vector<float> pixels(std::int64_t rows, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> all;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float tilt = normal(random);
    for (int p = 0; p < 64; ++p)
      all.push_back(std::clamp(
          0.5F + 0.1F * tilt * static_cast<float>(p % 8 - 4) + 0.2F * normal(random), 0.0F, 1.0F));
  }
  return all;
}

/// A variational autoencoder whose loss is a sum over the pixels, mean over the samples.
Model vae(Graph& g) {
  const Tensor x = g.input("x", {batch, 8, 8, 1});
  const Tensor noise = g.input("noise", {batch, 4});
  const Tensor h = relu(nn::dense(flatten(x), 32, "encoder"));
  const Tensor mu = nn::dense(h, 4, "mu");
  const Tensor log_variance = nn::dense(h, 4, "log_variance");
  const Tensor spread = exp(log_variance * 0.5);
  const Tensor z = mu + when_training(noise, noise * 0.0) * spread;
  const Tensor logits = nn::dense(relu(nn::dense(z, 32, "decoder")), 64, "logits");
  const Tensor flat = flatten(x);
  const Tensor positive = softplus(logits);
  const Tensor reconstruction = sum(positive - logits * flat, {1});
  const Tensor power = exp(log_variance) + square(mu);
  const Tensor divergence = sum(power - 1.0 - log_variance, {1}) * 0.5;
  return {.loss = mean(reconstruction + divergence), .outputs = {sigmoid(logits), mu}};
}

/// Two players on one number, each with its part of the loss.
Model gan(Graph& g) {
  const Tensor real = g.input("real", {batch, 1});
  const Tensor noise = g.input("noise", {batch, 4});
  const Tensor fake = nn::dense(relu(nn::dense(noise, 16, "g1")), 1, "g2");
  const Tensor w1 = g.parameter("d1", {Dim{1}, Dim{32}}, normal(0.5, 1));
  const Tensor w2 = g.parameter("d2", {Dim{32}, Dim{1}}, normal(0.2, 2));
  const auto judge = [&](Tensor x, bool frozen) {
    const Tensor a = frozen ? stop_gradient(w1) : w1;
    const Tensor b = frozen ? stop_gradient(w2) : w2;
    return matmul(leaky_relu(matmul(x, a)), b);
  };
  const Tensor of_real = softplus(negate(judge(real, false)));
  const Tensor of_fake = softplus(judge(stop_gradient(fake), false));
  const Tensor fooled = softplus(negate(judge(fake, true)));
  return {.loss = mean(of_real) + mean(of_fake) + mean(fooled), .outputs = {fake}};
}

data::Dataset with_noise_field(data::Dataset data, std::int64_t rows) {
  return data.add("noise", {4}, std::vector<float>(static_cast<std::size_t>(rows * 4), 0.0F));
}

data::Pipeline three_kinds(std::int64_t rows = 600) {
  return data::from(table(rows, 4, 3).dataset()).shuffle(1);
}

template <class Optimizer>
Report healthy_with(const Optimizer& optimizer) {
  Graph g;
  const Model built = classifier(4, 3)(g);
  PreflightOptions options;
  options.most_seconds = std::numeric_limits<double>::infinity();
  options.memory_budget = Bytes{std::int64_t{1} << 30};
  return preflight(g, built, optimizer, three_kinds(), options);
}

/// Features about 0 and one-number targets made of them.
data::Pipeline regression_of(float (*target)(float, float)) {
  std::vector<float> targets;
  const Table rows = plane(600, targets);
  for (std::size_t r = 0; r < targets.size(); ++r)
    targets[r] = target(rows.x[2 * r], rows.x[2 * r + 1]);
  return data::from(rows.with_targets(targets)).shuffle(1);
}
template <class Last>
std::function<Model(Graph&)> regression_with(Last last) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = last(nn::dense(relu(nn::dense(x, 16, "hidden")), 1, "out"));
    return Model{.loss = nn::mean_squared_error(p, y), .outputs = {p}};
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(healthy_losses)

BOOST_AUTO_TEST_CASE(a_variational_autoencoder_with_a_noise_field) {
  const data::Dataset data =
      with_noise_field(data::Dataset().add("x", {8, 8, 1}, pixels(500, 1)), 500);
  const data::Dataset other =
      with_noise_field(data::Dataset().add("x", {8, 8, 1}, pixels(200, 2)), 200);
  const data::Pipeline training =
      data::from(data).shuffle(1).batch(64).map(data::gaussian_noise("noise", 1.0));
  const Report report = check(vae, training, {.evaluation = data::from(other)}, 2e-3);
  expect_silence(report);
  BOOST_TEST(!report.has("loss-at-start"));
  BOOST_TEST(!report.has("duplicate-rows"));
}

BOOST_AUTO_TEST_CASE(two_players_with_a_noise_field) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(3, 0.5F);
  std::vector<float> real(4096);
  for (float& each : real) each = normal(random);
  const data::Dataset data = with_noise_field(data::Dataset().add("real", {1}, real), 4096);
  const Report report =
      check(gan, data::from(data).shuffle(3).batch(64).map(data::gaussian_noise("noise", 1.0)));
  expect_silence(report);
  BOOST_TEST(!report.has("duplicate-rows"));
  BOOST_TEST(!report.has("batch-above-noise-scale"));
}

BOOST_AUTO_TEST_CASE(real_duplicates_beside_a_noise_field_are_found) {
  std::vector<float> x = pixels(250, 1);
  x.insert(x.end(), x.begin(), x.end());
  const data::Dataset data = with_noise_field(data::Dataset().add("x", {8, 8, 1}, x), 500);
  expect_finding(
      check(vae, data::from(data).shuffle(1).batch(64).map(data::gaussian_noise("noise", 1.0))),
      "duplicate-rows", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_sum_over_pixels_that_begins_far_too_high_is_still_found) {
  const auto sure = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 8, 8, 1});
    const Tensor w = g.parameter("w", {Dim{64}, Dim{64}}, normal(200, 1));
    const Tensor logits = matmul(flatten(x), w);
    const Tensor each = softplus(logits) - logits * flatten(x);
    return Model{.loss = mean(sum(each, {1})), .outputs = {logits}};
  };
  expect_finding(
      check(sure, data::from(data::Dataset().add("x", {8, 8, 1}, pixels(300, 1))).shuffle(1)),
      "loss-at-start", Severity::warning);
}

BOOST_AUTO_TEST_CASE(a_sum_of_losses_over_a_sequence) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 5, 4});
    const Tensor y = g.input("label", {batch, 5}, i32);
    const Tensor logits = nn::dense(x, 3, "logits", {.every_position = true});
    const Tensor each = nn::softmax_cross_entropy_per_sample(logits, y);
    return Model{.loss = mean(sum(each, {1})), .outputs = {logits}};
  };
  const Table rows = table(3000, 4, 3);
  const data::Dataset data =
      data::Dataset().add("x", {5, 4}, rows.x).add("label", {5}, rows.labels);
  const Report report = check(model, data::from(data).shuffle(1));
  expect_silence(report);
  BOOST_TEST(!report.has("loss-at-start"));
}

BOOST_AUTO_TEST_CASE(an_autoencoder_of_pixels) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 8, 8, 1});
    const Tensor p = sigmoid(nn::dense(relu(nn::dense(flatten(x), 8, "code")), 64, "out"));
    return Model{.loss = nn::mean_squared_error(p, flatten(x)), .outputs = {p}};
  };
  expect_silence(
      check(model, data::from(data::Dataset().add("x", {8, 8, 1}, pixels(500, 1))).shuffle(1)));
  const auto with_entropy = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 8, 8, 1});
    const Tensor p = sigmoid(nn::dense(relu(nn::dense(flatten(x), 8, "code")), 64, "out"));
    return Model{.loss = nn::binary_cross_entropy(p, flatten(x)), .outputs = {p}};
  };
  expect_silence(check(with_entropy,
                       data::from(data::Dataset().add("x", {8, 8, 1}, pixels(500, 1))).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(outputs_whose_range_holds_the_targets) {
  expect_silence(check(regression_with([](Tensor x) { return tanh(x); }),
                       regression_of([](float a, float b) { return std::tanh(a + b); })));
  expect_silence(check(regression_with([](Tensor x) { return sigmoid(x); }),
                       regression_of([](float a, float b) { return a > b ? 1.0F : 0.0F; })));
  expect_silence(check(regression_with([](Tensor x) { return sigmoid(x) * 255.0; }),
                       regression_of([](float a, float) { return 127 + 100 * std::tanh(a); })));
  expect_silence(check(regression_with([](Tensor x) { return softplus(x); }),
                       regression_of([](float a, float b) { return std::abs(a * b) + 0.1F; })));
  expect_silence(check(regression_with([](Tensor x) { return relu(x); }),
                       regression_of([](float a, float b) { return std::max(0.0F, a + b); })));
  expect_silence(check(regression_with([](Tensor x) { return elu(x); }),
                       regression_of([](float a, float b) { return std::max(-0.9F, a + b); })));
}

BOOST_AUTO_TEST_CASE(targets_scaled_within_the_model) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = tanh(nn::dense(x, 1, "out"));
    return Model{.loss = nn::mean_squared_error(p, y * (1.0 / 50) - 1.0), .outputs = {p}};
  };
  expect_silence(
      check(model, regression_of([](float a, float) { return 50 + 45 * std::tanh(a); })));
}

BOOST_AUTO_TEST_CASE(targets_that_are_masked) {
  // -1 stands for no target.
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 2});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = relu(nn::dense(x, 1, "out"));
    const Tensor known = cast(greater(y, -0.5), f32);
    const Tensor each = square(p - y) * known;
    return Model{.loss = sum(each) / maximum(sum(known), 1.0), .outputs = {p}};
  };
  expect_silence(check(
      model, regression_of([](float a, float b) { return a > 1 ? -1.0F : std::abs(a + b); })));
}

BOOST_AUTO_TEST_CASE(logits_within_wide_bounds) {
  const auto capped = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor logits = nn::dense(relu(nn::dense(x, 16, "hidden")), 3, "logits");
    const Tensor soft = tanh(logits * (1.0 / 30)) * 30.0;
    return Model{.loss = nn::softmax_cross_entropy(soft, y), .outputs = {soft}};
  };
  expect_silence(check(capped, three_kinds()));
  const auto smoothed = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor logits = nn::dense(relu(nn::dense(x, 16, "hidden")), 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy_smoothed(logits, y, 0.1),
                 .outputs = {softmax(logits)}};
  };
  expect_silence(check(smoothed, three_kinds()));
}

BOOST_AUTO_TEST_CASE(probabilities_made_of_probabilities) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor a = sigmoid(nn::dense(x, 1, "a"));
    const Tensor b = sigmoid(nn::dense(x, 1, "b"));
    const Tensor both = 1.0 - (1.0 - a) * (1.0 - b);
    return Model{.loss = nn::binary_cross_entropy(both, y), .outputs = {both}};
  };
  expect_silence(check(model, data::from(table(600, 4, 2).with_float_labels()).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(a_hinge_loss_with_its_labels) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "score");
    return Model{.loss = nn::hinge(p, y), .outputs = {p}};
  };
  Table rows = table(800, 4, 2);
  for (std::int32_t& label : rows.labels) label = 2 * label - 1;
  expect_silence(check(model, data::from(rows.slice(0, 600).with_float_labels()).shuffle(1),
                       {.evaluation = data::from(rows.slice(600, 200).with_float_labels())}));
  // Made of 0 and 1 within the model.
  const auto converting = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "score");
    return Model{.loss = nn::hinge(p, y * 2.0 - 1.0), .outputs = {p}};
  };
  expect_silence(check(converting, data::from(table(600, 4, 2).with_float_labels()).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(optimizers_with_usual_settings) {
  expect_silence(healthy_with(optim::adamw(1e-3, 0.1)));
  expect_silence(healthy_with(optim::adamw(1e-3, 1)));
  expect_silence(healthy_with(optim::sgd_weight_decay(0.1, 5e-4)));
  expect_silence(healthy_with(optim::sgd_momentum(0.01, 0.99)));
  expect_silence(healthy_with(optim::Adam{1e-3, 0.5, 0.9}));
  expect_silence(healthy_with(optim::Adam{1e-2, 0.9, 0.999, 1e-3}));
  expect_silence(healthy_with(optim::sgd(1.0)));
}

BOOST_AUTO_TEST_CASE(deep_models) {
  const auto deep_model = [](int layers, bool residual, double rate) {
    return [=](Graph& g) {
      const Tensor x = g.input("x", {batch, 4});
      const Tensor y = g.input("label", {batch}, i32);
      Tensor h = nn::dense(x, 32, "first");
      for (int i = 0; i < layers; ++i) {
        const std::string name = "layer" + std::to_string(i);
        const Tensor normed = residual ? nn::layer_norm(h, name + "_norm") : h;
        const Tensor next = gelu(nn::dense(normed, 32, name));
        h = residual ? add(h, rate > 0 ? dropout(next, rate) : next) : next;
      }
      const Tensor logits = nn::dense(h, 3, "logits");
      return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
    };
  };
  expect_silence(check(deep_model(40, true, 0), three_kinds()));
  expect_silence(check(deep_model(6, true, 0.5), three_kinds()));
  expect_silence(check(deep_model(6, false, 0), three_kinds()));
  const auto relus = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    Tensor h = x;
    for (int i = 0; i < 20; ++i) h = relu(nn::dense(h, 64, "layer" + std::to_string(i)));
    const Tensor logits = nn::dense(h, 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
  expect_silence(check(relus, three_kinds()));
}

BOOST_AUTO_TEST_CASE(branches_that_begin_at_zero) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    Tensor h = nn::dense(x, 16, "first");
    for (int i = 0; i < 4; ++i) {
      const Tensor inner = relu(nn::dense(h, 16, "inner" + std::to_string(i)));
      const Tensor w = g.parameter("zero" + std::to_string(i), {Dim{16}, Dim{16}});
      h = add(h, matmul(inner, w));
    }
    const Tensor logits = nn::dense(h, 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
  expect_silence(check(model, three_kinds()));
}

BOOST_AUTO_TEST_CASE(margins_that_training_gives_to_the_label) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor logits = nn::dense(relu(nn::dense(x, 16, "hidden")), 3, "logits");
    const Tensor harder = logits - one_hot(y, 3) * 0.3;
    return Model{.loss = nn::softmax_cross_entropy(harder, y), .outputs = {logits}};
  };
  expect_silence(check(model, three_kinds()));
}

BOOST_AUTO_TEST_CASE(one_feature_that_the_target_is_a_function_of) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 1});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "out");
    return Model{.loss = nn::mean_squared_error(p, y), .outputs = {p}};
  };
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(400);
  std::vector<float> y;
  for (float& each : x) y.push_back(2 * (each = normal(random)) + 1);
  expect_silence(
      check(model, data::from(data::Dataset().add("x", {1}, x).add("label", {1}, y)).shuffle(1)));
}

BOOST_AUTO_TEST_CASE(an_evaluation_set_in_which_a_class_is_missing) {
  Table rows = table(800, 4, 4);
  Table evaluation = rows.slice(600, 200);
  for (std::int32_t& label : evaluation.labels) label = label == 3 ? 2 : label;
  expect_silence(check(classifier(4, 4), data::from(rows.slice(0, 600).dataset()).shuffle(1),
                       {.evaluation = data::from(evaluation.dataset())}));
}

BOOST_AUTO_TEST_CASE(classes_that_cannot_be_told_apart_yet) {
  Table rows = table(800, 4, 4);
  std::mt19937 random(3);
  for (std::int32_t& label : rows.labels) label = static_cast<std::int32_t>(random() % 4);
  expect_silence(check(classifier(4, 4), data::from(rows.slice(0, 600).dataset()).shuffle(1),
                       {.evaluation = data::from(rows.slice(600, 200).dataset())}));
}

BOOST_AUTO_TEST_SUITE_END()
