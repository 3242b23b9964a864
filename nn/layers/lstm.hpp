#pragma once

#include <foregraph/detail/nn/layers/recurrent_layer.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>

namespace foregraph::nn {

/// Options of lstm().
struct LstmOptions {
  LayerInit weight = LayerInit::glorot_uniform;  ///< initialiser of the input's weight
  LayerInit recurrent = LayerInit::orthogonal;   ///< initialiser of the recurrent weight
  double forget_bias = 1;  ///< initial bias of the forget gate (Jozefowicz and others, 2015)
  std::uint64_t seed = 0;  ///< selects the initial values
};

/// Appends an LSTM layer with zero initial state: one product computes the input's part of the
/// gates for all steps, then the recurrence follows; see ops/sequence/lstm.hpp for the formula and
/// the order of the gates. f[N,T,K] -> f[N,T,units], all steps (last_step() takes the last);
/// parameters `name/weight` f[K,4*units], `name/recurrent` f[units,4*units] and `name/bias`
/// f[4*units].
[[nodiscard]] constexpr Tensor lstm(Tensor x, std::int64_t units, std::string_view name,
                                    LstmOptions options = {}, Location at = Location::current()) {
  Graph& g = graph_of(x, lstm_op, at);
  if (const FaultKind* bad = detail::recurrent_layer_fault(x.shape(), units, 4)) {
    const Operand self{x.shape(), x.dtype()};
    return g.fail(*bad, &lstm_op, at, {&self, 1});
  }
  const auto scope = g.scope(name);
  const Initializer bias = filled_between(units, 2 * units, options.forget_bias);
  const detail::RecurrentLayer layer(x, units, 4, options, bias, at);
  return lstm(layer.gates(x, at), layer.recurrent, at);
}

}  // namespace foregraph::nn
