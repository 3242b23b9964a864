#pragma once

#include <foregraph/detail/nn/layers/layer_norm.hpp>
#include <foregraph/detail/nn/layers/multi_head_attention.hpp>
#include <foregraph/detail/ops/activation/dropout.hpp>
#include <foregraph/detail/ops/activation/gelu_tanh.hpp>

namespace foregraph::nn {

/// Options of transformer_block().
struct TransformerBlockOptions {
  bool causal = false;          ///< lets each position see only those before it and itself
  std::int64_t mlp_factor = 4;  ///< width of the hidden layer divided by the block's width
  double dropout = 0;           ///< applied to both branches
  LayerInit weight = LayerInit::glorot_uniform;  ///< initialiser of all weights
};

/// Appends a pre-norm transformer block, as in GPT-2 (Radford and others, 2019):
///
///     x = x + attention(layer_norm(x));   x = x + mlp(layer_norm(x))
///
/// where mlp is linear, gelu (tanh form), linear. f[N,T,D] -> f[N,T,D]; parameters `name/norm1`,
/// `name/attention`, `name/norm2`, `name/up` and `name/down`.
[[nodiscard]] constexpr Tensor transformer_block(Tensor x, std::int64_t heads,
                                                 std::string_view name,
                                                 TransformerBlockOptions options = {},
                                                 Location at = Location::current()) {
  Graph& g = graph_of(x, attention_op, at);
  const auto scope = g.scope(name);
  const DenseOptions dense_options{.weight = options.weight, .every_position = true};
  const auto thinned = [&](Tensor t) {
    return options.dropout > 0 ? dropout(t, options.dropout, automatic_seed, at) : t;
  };
  const Tensor first = layer_norm(x, "norm1", 1e-5, at);
  const Tensor attended = multi_head_attention(
      first, heads, "attention", {.causal = options.causal, .dense = dense_options}, at);
  const Tensor middle = add(x, thinned(attended), at);
  const Tensor second = layer_norm(middle, "norm2", 1e-5, at);
  const std::int64_t width = x.shape()[-1].constant;
  const Dim hidden = multiply(Dim{options.mlp_factor}, Dim{width}).value;
  if (!hidden.is_known()) {
    const Operand self{x.shape(), x.dtype()};
    return g.fail(fault::size_overflows, &attention_op, at, {&self, 1});
  }
  const Tensor wide = dense(second, hidden.constant, "up", dense_options, at);
  const Tensor active = gelu_tanh(wide, at);
  const Tensor narrow = dense(active, width, "down", dense_options, at);
  return add(middle, thinned(narrow), at);
}

}  // namespace foregraph::nn
