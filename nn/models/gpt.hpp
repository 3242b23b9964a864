#pragma once

#include <foregraph/detail/nn/layers/embedding.hpp>
#include <foregraph/detail/nn/layers/numbered.hpp>
#include <foregraph/detail/nn/layers/transformer_block.hpp>
#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>

namespace foregraph::models {

/// Sizes of gpt(); by default those of GPT-2 small.
struct GptOptions {
  std::int64_t vocabulary = 50257;  ///< number of different tokens
  std::int64_t context = 1024;      ///< tokens of a sample
  std::int64_t width = 768;         ///< elements of a token's vector
  std::int64_t heads = 12;          ///< attention heads of a block; divides the width
  int layers = 12;                  ///< number of blocks
  double dropout = 0;               ///< rate of dropout; 0 for none
};

/// Builds a decoder-only transformer (Radford and others, 2019): learned positions, pre-norm blocks
/// with causal attention, and the token table reused for the logits. Inputs "x" i32[batch,context],
/// the tokens, and "label" i32[batch,context], the next token at each position; mean cross-entropy.
[[nodiscard]] constexpr Model gpt(Graph& g, const GptOptions& options) {
  const Tensor tokens = g.input("x", {batch, options.context}, i32);
  const Tensor label = g.input("label", {batch, options.context}, i32);
  const nn::Embedding token =
      nn::embedding_with_weight(tokens, options.vocabulary, options.width, "token");
  const Tensor position = g.parameter("position", {options.context, options.width}, normal(0.01));
  Tensor x = token.vectors + position;
  if (options.dropout > 0) x = dropout(x, options.dropout);
  for (int i = 0; i < options.layers; ++i)
    x = nn::transformer_block(x, options.heads, nn::numbered("block", i),
                              {.causal = true, .dropout = options.dropout});
  x = nn::layer_norm(x, "norm");
  const Tensor rows = reshape(x, {multiply(batch, Dim{options.context}).value, options.width});
  const Tensor flat = matmul(rows, token.weight, {false, true});
  const Tensor logits = reshape(flat, {batch, options.context, options.vocabulary});
  const Tensor loss = nn::softmax_cross_entropy(logits, label);
  return {.loss = loss, .outputs = {logits}};
}

/// GPT-2 small: 124 million parameters.
inline constexpr auto gpt2_small = [](Graph& g) { return gpt(g, {}); };

/// Vocabulary 96, context 128, width 128, 4 heads, 4 layers.
inline constexpr auto w8_transformer = [](Graph& g) {
  return gpt(g, {.vocabulary = 96, .context = 128, .width = 128, .heads = 4, .layers = 4});
};

}  // namespace foregraph::models
