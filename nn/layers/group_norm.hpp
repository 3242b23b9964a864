#pragma once

#include <foregraph/detail/ops/normalisation/group_norm.hpp>

namespace foregraph::nn {

/// Appends a group norm layer; see group_norm. f[N,...,C] -> f[N,...,C]; parameters `name/gamma`
/// f[C] (ones) and `name/beta` f[C] (zeros).
[[nodiscard]] constexpr Tensor group_norm(Tensor x, std::int64_t groups, std::string_view name,
                                          double epsilon = 1e-5,
                                          Location at = Location::current()) {
  Graph& g = graph_of(x, detail::group_norm_op, at);
  const auto scope = g.scope(name);
  const Shape row{x.shape()[-1]};
  const Tensor gamma = g.parameter("gamma", row, filled_with(1), x.dtype(), at);
  const Tensor beta = g.parameter("beta", row, zeros(), x.dtype(), at);
  return group_norm(x, gamma, beta, groups, epsilon, at);
}

}  // namespace foregraph::nn
