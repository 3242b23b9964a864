#pragma once

#include <array>
#include <cstdint>

#include <foregraph/plan.hpp>

/// The four workloads the planner's tests look at.
namespace workloads {

namespace fg = foregraph;

/// The graph of a whole training step.
template <class ModelFunction, class Optimizer>
fg::Graph step_of(const ModelFunction& model, const Optimizer& optimizer) {
  fg::Graph g;
  const fg::Model m = model(g);
  return fg::training_graph(g, m, optimizer);
}

inline constexpr std::array<std::int64_t, 4> batches{1, 7, 32, 10'000};

inline constexpr auto w1_logistic = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 10});
  auto y = g.input("y", {fg::batch, 1});
  auto p = fg::sigmoid(fg::nn::dense(x, 1, "out"));
  return fg::Model{.loss = fg::nn::binary_cross_entropy(p, y), .outputs = {p}};
};
inline constexpr auto w2_linear = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 2});
  auto y = g.input("y", {fg::batch, 1});
  auto p = fg::nn::dense(x, 1, "out");
  return fg::Model{.loss = fg::nn::mean_squared_error(p, y), .outputs = {p}};
};
inline constexpr auto w3_wide_data = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 100});
  auto y = g.input("y", {fg::batch, 1});
  auto p = fg::sigmoid(fg::nn::dense(fg::relu(fg::nn::dense(x, 32, "hidden")), 1, "out"));
  return fg::Model{.loss = fg::nn::binary_cross_entropy(p, y), .outputs = {p}};
};
inline constexpr auto w4_mlp = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 784});
  auto y = g.input("label", {fg::batch}, fg::i32);
  auto h1 = fg::relu(fg::nn::dense(x, 512, "hidden1"));
  auto h2 = fg::relu(fg::nn::dense(h1, 512, "hidden2"));
  auto logits = fg::nn::dense(h2, 10, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
};

}  // namespace workloads
