#pragma once

#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/math/add.hpp>

namespace foregraph::nn {

/// Options of dense().
struct DenseOptions {
  LayerInit weight = LayerInit::glorot_uniform;  ///< initialiser of the weight
  bool bias = true;                              ///< starts at zero
  std::uint64_t seed = 0;                        ///< selects the initial values
  /// Accept a tensor of any rank and apply the layer along its last axis, at each position of a
  /// sequence or image. Off by default, since a forgotten flatten() is a common mistake.
  bool every_position = false;
};

/// Appends a dense (fully connected) layer: x . weight + bias. f[B,K] -> f[B,units], or with
/// `every_position` f[...,K] -> f[...,units]; parameters `name/weight` f[K,units] and `name/bias`
/// f[units].
[[nodiscard]] constexpr Tensor dense(Tensor x, std::int64_t units, std::string_view name,
                                     DenseOptions options = {}, Location at = Location::current()) {
  const Shape shape = x.shape();
  if (options.every_position && shape.rank > 2 && x.graph != nullptr) {
    Dim rows{1};
    for (int i = 0; i + 1 < shape.rank; ++i) rows = multiply(rows, shape[i]).value;
    options.every_position = false;
    const Tensor y = dense(reshape(x, {rows, shape[-1]}, at), units, name, options, at);
    Shape result = shape;
    result.set(shape.rank - 1, units);
    return reshape(y, result, at);
  }
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

}  // namespace foregraph::nn
