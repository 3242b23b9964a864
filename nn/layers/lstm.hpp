#pragma once

#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>

namespace foregraph::nn {

/// Options of lstm().
struct LstmOptions {
  LayerInit weight = LayerInit::glorot_uniform;  ///< initialiser of the input's weight
  LayerInit recurrent = LayerInit::orthogonal;   ///< initialiser of the recurrent weight
  double forget_bias = 1;  ///< initial bias of the forget gate (Jozefowicz and others, 2015)
  std::uint64_t seed = 0;  ///< selects the initial values
};

}  // namespace foregraph::nn

namespace foregraph::detail {
[[nodiscard]] constexpr const FaultKind* recurrent_layer_fault(const Shape& x, Dim units,
                                                               Dim gate_count) {
  if (x.rank != 3) return &fault::rank_is_wrong;
  return multiply(gate_count, units).value.is_known() ? nullptr : &fault::size_overflows;
}

/// The parameters that all recurrent layers have, appended in the current scope.
struct RecurrentLayer {
  Dim wide;
  Tensor weight, recurrent, bias;

  template <class Options>
  constexpr RecurrentLayer(Tensor x, std::int64_t units, std::int64_t gate_count, const Options& o,
                           const Initializer& bias_values, Location at)
      : wide(gate_count * units) {
    const Dim inputs = x.shape()[2];
    const auto size = static_cast<double>(units);
    const auto first =
        layer_initializer(o.weight, static_cast<double>(inputs.constant), size, o.seed);
    weight = x.graph->parameter("weight", {inputs, wide}, first, x.dtype(), at);
    const auto second = layer_initializer(o.recurrent, size, size, o.seed);
    recurrent = x.graph->parameter("recurrent", {units, wide}, second, x.dtype(), at);
    bias = x.graph->parameter("bias", {wide}, bias_values, x.dtype(), at);
  }
  /// Appends the input's part of the gates of all steps.
  [[nodiscard]] constexpr Tensor gates(Tensor x, Location at) const {
    const Tensor rows = rows_of(x, at);
    const Tensor product = matmul(rows, weight, {}, at);
    const Tensor sums = add(product, bias, at);
    return reshape(sums, {x.shape()[0], x.shape()[1], wide}, at);
  }
};
}  // namespace foregraph::detail

namespace foregraph::nn {

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
