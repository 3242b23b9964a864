#pragma once
#include <foregraph/planner/foregraph_plan.hpp>
/// The benchmark workloads that are multilayer perceptrons; inputs "x" and "label".
namespace foregraph::models {

inline constexpr auto w1_logistic = [](Graph& g) {
  auto x = g.input("x", {batch, 10});
  auto y = g.input("label", {batch, 1});
  auto p = sigmoid(dense(x, 1, "out"));
  return Model{.loss = binary_cross_entropy(p, y), .outputs = {p}};
};
inline constexpr auto w2_linear = [](Graph& g) {
  auto x = g.input("x", {batch, 2});
  auto y = g.input("label", {batch, 1});
  auto p = dense(x, 1, "out");
  return Model{.loss = mean_squared_error(p, y), .outputs = {p}};
};
inline constexpr auto w3_wide_data = [](Graph& g) {
  auto x = g.input("x", {batch, 100});
  auto y = g.input("label", {batch, 1});
  auto p = sigmoid(dense(relu(dense(x, 32, "hidden")), 1, "out"));
  return Model{.loss = binary_cross_entropy(p, y), .outputs = {p}};
};
inline constexpr auto w4_mlp = [](Graph& g) {
  auto x = g.input("x", {batch, 784});
  auto y = g.input("label", {batch}, i32);
  auto h = relu(dense(x, 512, "hidden1"));
  h = relu(dense(h, 512, "hidden2"));
  auto logits = dense(h, 10, "logits");
  return Model{.loss = softmax_cross_entropy(logits, y), .outputs = {logits}};
};
}  // namespace foregraph::models
