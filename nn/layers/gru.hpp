#pragma once

#include <foregraph/detail/nn/layers/recurrent_layer.hpp>
#include <foregraph/detail/ops/sequence/gru.hpp>

namespace foregraph::nn {

/// Options of gru().
struct GruOptions {
  LayerInit weight = LayerInit::glorot_uniform;  ///< initialiser of the input's weight
  LayerInit recurrent = LayerInit::orthogonal;   ///< initialiser of the recurrent weight
  std::uint64_t seed = 0;                        ///< selects the initial values
};

/// Appends a GRU layer with zero initial state; see ops/sequence/gru.hpp for the formula. f[N,T,K]
/// -> f[N,T,units], all steps; parameters `name/weight` f[K,3*units], `name/recurrent`
/// f[units,3*units], `name/bias` f[3*units] and `name/candidate_bias` f[units].
[[nodiscard]] constexpr Tensor gru(Tensor x, std::int64_t units, std::string_view name,
                                   GruOptions options = {}, Location at = Location::current()) {
  Graph& g = graph_of(x, gru_op, at);
  if (const FaultKind* bad = detail::recurrent_layer_fault(x.shape(), units, 3)) {
    const Operand self{x.shape(), x.dtype()};
    return g.fail(*bad, &gru_op, at, {&self, 1});
  }
  const auto scope = g.scope(name);
  const detail::RecurrentLayer layer(x, units, 3, options, zeros(), at);
  const Tensor candidate_bias = g.parameter("candidate_bias", {units}, zeros(), x.dtype(), at);
  return gru(layer.gates(x, at), layer.recurrent, candidate_bias, at);
}

}  // namespace foregraph::nn
