#pragma once

#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/math/add.hpp>

namespace foregraph {

/// Options of dense() and linear().
struct DenseOptions {
  LayerInit weight = LayerInit::glorot_uniform;  ///< initialiser of the weight
  bool bias = true;                              ///< starts at zero
  std::uint64_t seed = 0;                        ///< selects the initial values
};

/// Appends a dense (fully connected) layer: x . weight + bias. f[B,K] -> f[B,units]; parameters
/// `name/weight` f[K,units] and `name/bias` f[units].
[[nodiscard]] constexpr Tensor dense(Tensor x, std::int64_t units, std::string_view name,
                                     DenseOptions options = {}, Location at = Location::current()) {
  Graph& g = graph_of(x, matmul_op, at);
  const auto scope = g.scope(name);
  const Dim fan_in = x.shape()[-1];
  if (x.shape().rank != 2) {
    const Operand self{x.shape(), x.dtype()};
    return g.fail(fault::matmul_operands_must_be_matrices, &matmul_op, at, {&self, 1});
  }
  const Tensor weight =
      g.parameter("weight", {fan_in, units},
                  layer_initializer(options.weight, static_cast<double>(fan_in.constant),
                                    static_cast<double>(units), options.seed),
                  x.dtype(), at);
  const Tensor product = matmul(x, weight, {}, at);
  if (!options.bias) return product;
  return add(product, g.parameter("bias", {units}, zeros(), x.dtype(), at), at);
}

}  // namespace foregraph
