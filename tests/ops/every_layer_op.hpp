#pragma once

#include "ops/every_op.hpp"

/// The ops of normalisation, recurrent layers, attention and losses, for every_op.hpp.
namespace every_op {

inline std::vector<Case> normalisation_cases() {
  using In = const std::vector<Tensor>&;
  const Operand rows{{5, 19}};
  const Operand row{{19}};
  Attributes of_row;
  of_row.number = 0.9;
  const auto running = [of_row](Graph& g, In x) {  // of both rows
    Attributes second = of_row;
    second.integers[0] = 1;
    const Tensor means = g.append(running_average_op, {x[0], x[1]}, of_row, Location::current());
    return means + g.append(running_average_op, {x[0], x[1]}, second, Location::current());
  };
  return {
      {"layer_norm", [](Graph&, In x) { return layer_norm(x[0], x[1], x[2]); }, {rows, row, row}},
      {"rms_norm", [](Graph&, In x) { return rms_norm(x[0], x[1]); }, {rows, row}},
      {"group_norm",
       [](Graph&, In x) { return group_norm(x[0], x[1], x[2], 2); },
       {{{2, 3, 4}}, {{4}}, {{4}}}},
      {"batch_norm", [](Graph&, In x) { return batch_norm(x[0], x[1], x[2]); }, {rows, row, row}},
      {"batch_norm_scale",
       [](Graph&, In x) { return batch_norm_scale(x[0], pair_of_row(x[1], 1)); },
       {row, {{19}, 0.3, 0.9}}},
      {"fixed_batch_norm",
       [](Graph&, In x) { return fixed_batch_norm(x[0], x[1], x[2], x[3], x[4]); },
       {rows, row, row, row, row}},
      {"moments", [](Graph&, In x) { return moments(x[0]); }, {rows}},
      {"variances of moments", [](Graph&, In x) { return row_of_pair(moments(x[0]), 1); }, {rows}},
      {"pair_of_row", [](Graph&, In x) { return pair_of_row(x[0], 1); }, {row}},
      {"running_average", running, {row, {{2, 19}, 0.3, 0.9}}},
  };
}

inline std::vector<Case> sequence_cases() {
  using In = const std::vector<Tensor>&;
  AttentionOptions causal;
  causal.causal = true;
  return {
      {"lstm", [](Graph&, In x) { return lstm(x[0], x[1]); }, {{{2, 3, 16}}, {{4, 16}}}},
      {"gru", [](Graph&, In x) { return gru(x[0], x[1], x[2]); }, {{{2, 3, 12}}, {{4, 12}}, {{4}}}},
      {"attention",
       [](Graph&, In x) { return scaled_dot_product_attention(x[0], x[1], x[2]); },
       {{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 6}}}},
      {"attention of one length",
       [](Graph&, In x) { return scaled_dot_product_attention(x[0], x[1], x[2]); },
       {{{2, 5, 4}}, {{2, 5, 4}}, {{2, 5, 4}}}},
      {"causal attention",
       [=](Graph&, In x) { return scaled_dot_product_attention(x[0], x[1], x[2], causal); },
       {{{2, 5, 4}}, {{2, 5, 4}}, {{2, 5, 4}}}},
      {"attention of many keys",
       [](Graph&, In x) { return scaled_dot_product_attention(x[0], x[1], x[2]); },
       {{{1, 2, 4}}, {{1, 37, 4}}, {{1, 37, 4}}}},
  };
}

inline std::vector<Case> loss_cases() {
  using In = const std::vector<Tensor>&;
  const Operand x{{3, 7}};
  const Operand labels{{3}, 0, 0, {2, 0, 6}};
  const Operand classes{{3}, 0, 0, {2, 0, 5}};
  Attributes of_blocks;
  of_blocks.integers[blockwise::block_rows] = 2;
  of_blocks.integers[blockwise::has_bias] = 1;
  of_blocks.integers[blockwise::wide_labels] = 1;
  of_blocks.integers[blockwise::wanted] = blockwise::by_x;
  const auto losses_and_gradient = [of_blocks](Graph& g, In v) {  // without the bytes between them
    const blockwise::Layout layout(3, 4, 6, blockwise::by_x);
    const Tensor all = g.append(blockwise_softmax_cross_entropy_gradients_op,
                                std::span<const Tensor>(v), of_blocks, Location::current());
    return concat({slice(all, 0, 0, 3), slice(all, 0, layout.x_begin.constant)}, 0);
  };
  return {
      {"mean_squared_error",
       [](Graph&, In v) { return nn::mean_squared_error(v[0], v[1]); },
       {x, x}},
      {"mean_absolute_error",
       [](Graph&, In v) { return nn::mean_absolute_error(v[0], v[1]); },
       {x, x}},
      {"huber", [](Graph&, In v) { return nn::huber(v[0], v[1]); }, {x, x}},
      {"huber beyond delta", [](Graph&, In v) { return nn::huber(v[0], v[1], 1e-3); }, {x, x}},
      {"hinge", [](Graph&, In v) { return nn::hinge(v[0], v[1]); }, {x, x}},
      {"kl_divergence", [](Graph&, In v) { return nn::kl_divergence(v[0], v[1]); }, {x, x}},
      {"binary_cross_entropy",
       [](Graph&, In v) { return nn::binary_cross_entropy(v[0], v[1]); },
       {x, x}},
      {"binary_cross_entropy_with_logits",
       [](Graph&, In v) { return nn::binary_cross_entropy_with_logits(v[0], v[1]); },
       {x, x}},
      {"cosine_embedding",
       [](Graph&, In v) { return nn::cosine_embedding(v[0], v[1], v[2]); },
       {x, x, {{3}, 0, 0, {1, 1, 1}, f32}}},
      {"softmax_cross_entropy",
       [](Graph&, In v) { return nn::softmax_cross_entropy(v[0], v[1]); },
       {x, labels}},
      {"softmax_cross_entropy_smoothed",
       [](Graph&, In v) { return nn::softmax_cross_entropy_smoothed(v[0], v[1], 0.1); },
       {x, labels}},
      {"softmax_cross_entropy_with_probabilities",
       [](Graph&, In v) { return nn::softmax_cross_entropy_with_probabilities(v[0], v[1]); },
       {x, x}},
      {"blockwise_softmax_cross_entropy",
       of(blockwise_softmax_cross_entropy_op, of_blocks),
       {{{3, 4}}, classes, {{4, 6}}, {{6}}}},
      {"blockwise_softmax_cross_entropy_gradients",
       losses_and_gradient,
       {{{3, 4}}, classes, {{4, 6}}, {{6}}, {{3}}},
       false,
       false},
      {"masked_mean", [](Graph&, In v) { return masked_mean(v[0], v[1]); }, {x, x}},
  };
}

inline std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& some :
       {elementwise_cases(), reduction_cases(), moving_cases(), product_and_image_cases(),
        normalisation_cases(), sequence_cases(), loss_cases()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace every_op
