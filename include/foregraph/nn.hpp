#pragma once

/// @file
/// Layers and losses.

#include <foregraph/detail/all_layers.hpp>

namespace foregraph {

// Short names.
using nn::dense;
using nn::softmax_cross_entropy;

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using nn::batch_norm;
using nn::BatchNormOptions;
using nn::binary_cross_entropy;
using nn::binary_cross_entropy_with_logits;
using nn::conv2d;
using nn::ConvLayerOptions;
using nn::cosine_embedding;
using nn::DenseOptions;
using nn::embedding;
using nn::Embedding;
using nn::embedding_with_weight;
using nn::EmbeddingOptions;
using nn::group_norm;
using nn::gru;
using nn::GruOptions;
using nn::hinge;
using nn::huber;
using nn::kl_divergence;
using nn::layer_norm;
using nn::lstm;
using nn::LstmOptions;
using nn::mean_absolute_error;
using nn::mean_squared_error;
using nn::multi_head_attention;
using nn::MultiHeadAttentionOptions;
using nn::numbered;
using nn::rms_norm;
using nn::sequential;
using nn::softmax_cross_entropy_per_sample;
using nn::softmax_cross_entropy_smoothed;
using nn::softmax_cross_entropy_with_probabilities;
using nn::transformer_block;
using nn::TransformerBlockOptions;
/// Use nn::dense() with `.every_position = true`.
[[nodiscard]] constexpr Tensor linear(Tensor x, std::int64_t units, std::string_view name,
                                      nn::DenseOptions options = {},
                                      Location at = Location::current()) {
  options.every_position = true;
  return nn::dense(x, units, name, options, at);
}
#endif

}  // namespace foregraph
