#pragma once

#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/nn/layers/lstm.hpp>
#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>

namespace foregraph::models {

/// Sizes of the LSTM that classifies sequences.
struct SequenceClassifierOptions {
  std::int64_t steps = 32;     ///< length of a sequence
  std::int64_t features = 64;  ///< values of each step
  std::int64_t units = 256;    ///< units of the LSTM
  std::int64_t classes = 10;   ///< number of classes
};

/// Builds an LSTM over a sequence with a dense layer on its last state. Inputs "x"
/// f32[batch,steps,features] and "label" i32[batch]; mean softmax cross-entropy.
[[nodiscard]] constexpr Model sequence_classifier(Graph& g,
                                                  const SequenceClassifierOptions& options) {
  const Tensor x = g.input("x", {batch, options.steps, options.features});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor states = nn::lstm(x, options.units, "lstm");
  const Tensor logits = nn::dense(last_step(states), options.classes, "logits");
  const Tensor loss = nn::softmax_cross_entropy(logits, label);
  return {.loss = loss, .outputs = {logits}};
}

/// LSTM of 256 units over 32 steps of 64 features, followed by a dense layer of 10 units.
inline constexpr auto w7_lstm = [](Graph& g) { return sequence_classifier(g, {}); };

}  // namespace foregraph::models
