#pragma once

#include <foregraph/detail/ops/shape/gather.hpp>

namespace foregraph::nn {

/// Options of an embedding layer. embedding() looks up vectors of `units` elements in a table of
/// `count` by index: i[S] -> f[S,units]; parameter `name/weight` f[count,units], by default normal
/// with standard deviation 0.02 as in GPT-2. An index outside [0, count) throws IndexError when the
/// step runs.
struct EmbeddingOptions {
  Initializer weight = normal(0.02);  ///< initialiser of the table
  DType dtype = f32;                  ///< dtype of the table
};

/// The result of embedding_with_weight().
struct Embedding {
  Tensor vectors;  ///< f[S,units]
  Tensor weight;   ///< f[count,units], for models that reuse the table
};

/// Appends an embedding and returns its table too, for a model that uses the table again.
[[nodiscard]] constexpr Embedding embedding_with_weight(Tensor indices, std::int64_t count,
                                                        std::int64_t units, std::string_view name,
                                                        EmbeddingOptions options = {},
                                                        Location at = Location::current()) {
  Graph& g = graph_of(indices, gather_op, at);
  const auto scope = g.scope(name);
  const Tensor weight = g.parameter("weight", {count, units}, options.weight, options.dtype, at);
  return {gather(weight, indices, 0, at), weight};
}
/// Appends an embedding: i[S] -> f[S,units]; see EmbeddingOptions.
[[nodiscard]] constexpr Tensor embedding(Tensor indices, std::int64_t count, std::int64_t units,
                                         std::string_view name, EmbeddingOptions options = {},
                                         Location at = Location::current()) {
  return embedding_with_weight(indices, count, units, name, options, at).vectors;
}

}  // namespace foregraph::nn
