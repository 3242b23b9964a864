#pragma once

#include <foregraph/detail/ops/normalisation/rms_norm.hpp>

namespace foregraph::nn {

/// Appends an RMS norm layer over the last axis. f[...,K] -> f[...,K]; parameter `name/gamma` f[K]
/// (ones).
[[nodiscard]] constexpr Tensor rms_norm(Tensor x, std::string_view name, double epsilon = 1e-6,
                                        Location at = Location::current()) {
  Graph& g = graph_of(x, rms_norm_op, at);
  const auto scope = g.scope(name);
  const Tensor gamma = g.parameter("gamma", {x.shape()[-1]}, filled_with(1), x.dtype(), at);
  return rms_norm(x, gamma, epsilon, at);
}

}  // namespace foregraph::nn
