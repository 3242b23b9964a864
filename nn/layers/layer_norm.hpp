#pragma once

#include <foregraph/detail/ops/normalisation/layer_norm.hpp>

namespace foregraph::nn {

/// Appends a layer norm layer over the last axis. f[...,K] -> f[...,K]; parameters `name/gamma`
/// f[K] (ones) and `name/beta` f[K] (zeros).
[[nodiscard]] constexpr Tensor layer_norm(Tensor x, std::string_view name, double epsilon = 1e-5,
                                          Location at = Location::current()) {
  Graph& g = graph_of(x, layer_norm_op, at);
  const auto scope = g.scope(name);
  const Shape row{x.shape()[-1]};
  const Tensor gamma = g.parameter("gamma", row, filled_with(1), x.dtype(), at);
  const Tensor beta = g.parameter("beta", row, zeros(), x.dtype(), at);
  return layer_norm(x, gamma, beta, epsilon, at);
}

}  // namespace foregraph::nn
