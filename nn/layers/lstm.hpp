#pragma once

#include <foregraph/detail/nn/layers/linear.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>

namespace foregraph {

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
  const Shape shape = x.shape();
  if (shape.rank != 3) {
    const Operand self{shape, x.dtype()};
    return g.fail(fault::rank_is_wrong, &lstm_op, at, {&self, 1});
  }
  const Dim wide = multiply(Dim{4}, Dim{units}).value;
  if (!wide.is_known()) {
    const Operand self{shape, x.dtype()};
    return g.fail(fault::size_overflows, &lstm_op, at, {&self, 1});
  }
  const auto scope = g.scope(name);
  const auto fan_in = static_cast<double>(shape[2].constant);
  const auto size = static_cast<double>(units);
  const Tensor weight =
      g.parameter("weight", {shape[2], wide},
                  layer_initializer(options.weight, fan_in, size, options.seed), x.dtype(), at);
  const Tensor recurrent =
      g.parameter("recurrent", {units, wide},
                  layer_initializer(options.recurrent, size, size, options.seed), x.dtype(), at);
  const Tensor bias = g.parameter(
      "bias", {wide}, filled_between(units, 2 * units, options.forget_bias), x.dtype(), at);
  const Tensor rows = detail::rows_of(x, at);
  const Tensor product = matmul(rows, weight, {}, at);
  const Tensor sums = add(product, bias, at);
  const Tensor gates = reshape(sums, {shape[0], shape[1], wide}, at);
  return lstm(gates, recurrent, at);
}

}  // namespace foregraph
