#pragma once

#include <foregraph/detail/all_ops.hpp>

/// The project's standard workloads, as model functions for compile time and run time. The tool,
/// the benchmarks and the tests refer to them by these names. Inputs are called "x" and "label".
namespace foregraph::models {

/// Dense 10-1, sigmoid; binary cross-entropy. x f32[batch,10], label f32[batch,1].
inline constexpr auto w1_logistic = [](Graph& g) {
  auto x = g.input("x", {batch, 10});
  auto y = g.input("label", {batch, 1});
  auto p = sigmoid(nn::dense(x, 1, "out"));
  return Model{.loss = nn::binary_cross_entropy(p, y), .outputs = {p}};
};

/// Dense 2-1; mean squared error. x f32[batch,2], label f32[batch,1].
inline constexpr auto w2_linear = [](Graph& g) {
  auto x = g.input("x", {batch, 2});
  auto y = g.input("label", {batch, 1});
  auto p = nn::dense(x, 1, "out");
  return Model{.loss = nn::mean_squared_error(p, y), .outputs = {p}};
};

/// Dense 100-32 relu, dense 32-1 sigmoid; binary cross-entropy. x f32[batch,100],
/// label f32[batch,1].
inline constexpr auto w3_wide_data = [](Graph& g) {
  auto x = g.input("x", {batch, 100});
  auto y = g.input("label", {batch, 1});
  auto p = sigmoid(nn::dense(relu(nn::dense(x, 32, "hidden")), 1, "out"));
  return Model{.loss = nn::binary_cross_entropy(p, y), .outputs = {p}};
};

/// Dense 784-512-512-10 with relu; softmax cross-entropy. x f32[batch,784], label i32[batch].
inline constexpr auto w4_mlp = [](Graph& g) {
  auto x = g.input("x", {batch, 784});
  auto y = g.input("label", {batch}, i32);
  auto h = relu(nn::dense(x, 512, "hidden1"));
  h = relu(nn::dense(h, 512, "hidden2"));
  auto logits = nn::dense(h, 10, "logits");
  return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
};

/// Conv 5x5x6, relu, max pooling 2, conv 5x5x16, relu, max pooling 2, dense 120, 84 and 10, without
/// padding; softmax cross-entropy. x f32[batch,28,28,1], label i32[batch].
inline constexpr auto w5_lenet = [](Graph& g) {
  auto x = g.input("x", {batch, 28, 28, 1});
  auto y = g.input("label", {batch}, i32);
  auto h = max_pool2d(relu(nn::conv2d(x, 6, 5, "conv1")));
  h = max_pool2d(relu(nn::conv2d(h, 16, 5, "conv2")));
  h = relu(nn::dense(flatten(h), 120, "hidden1"));
  h = relu(nn::dense(h, 84, "hidden2"));
  auto logits = nn::dense(h, 10, "logits");
  return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
};

}  // namespace foregraph::models
