#pragma once

#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/ops/sequence/attention.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

namespace foregraph::fault {
inline constexpr FaultKind heads_do_not_divide_the_width{
    "the number of heads does not divide the width",
    "a sequence f[batch,time,width] whose width is a multiple of the number of heads"};
}  // namespace foregraph::fault

namespace foregraph::nn {

/// Options of multi_head_attention().
struct MultiHeadAttentionOptions {
  bool causal = false;   ///< position t attends only to positions up to t
  DenseOptions dense{};  ///< of the four products
};

/// Appends multi-head self-attention (Vaswani and others, 2017): projections to `heads` queries,
/// keys and values of width D / heads, scaled dot-product attention per head, and a projection of
/// the concatenated results. f[N,T,D] -> f[N,T,D]; parameters `name/query`, `name/key`,
/// `name/value` and `name/out`, each with weight f[D,D] and bias f[D].
[[nodiscard]] constexpr Tensor multi_head_attention(Tensor x, std::int64_t heads,
                                                    std::string_view name,
                                                    MultiHeadAttentionOptions options = {},
                                                    Location at = Location::current()) {
  Graph& g = graph_of(x, attention_op, at);
  const Shape shape = x.shape();
  const Dim width = shape[-1];
  if (shape.rank != 3 || heads < 1 || !width.is_constant() || width.constant % heads != 0) {
    const Operand self{shape, x.dtype()};
    return g.fail(fault::heads_do_not_divide_the_width, &attention_op, at, {&self, 1});
  }
  const auto scope = g.scope(name);
  DenseOptions each = options.dense;
  each.every_position = true;
  const auto split_heads = [&](std::string_view projection) {
    const Tensor y = dense(x, width.constant, projection, each, at);
    const Tensor parts = reshape(y, {shape[0], shape[1], heads, width.constant / heads}, at);
    return permute(parts, {0, 2, 1, 3}, at);
  };
  const Tensor query = split_heads("query");
  const Tensor key = split_heads("key");
  const Tensor value = split_heads("value");
  const Tensor mixed =
      scaled_dot_product_attention(query, key, value, {.causal = options.causal}, at);
  const Tensor joined = permute(mixed, {0, 2, 1, 3}, at);
  const Tensor flat = reshape(joined, shape, at);
  return dense(flat, width.constant, "out", each, at);
}

}  // namespace foregraph::nn
