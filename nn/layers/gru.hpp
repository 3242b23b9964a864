#pragma once

#include <foregraph/detail/nn/layers/linear.hpp>
#include <foregraph/detail/ops/sequence/gru.hpp>

namespace foregraph {

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
  const Shape shape = x.shape();
  if (shape.rank != 3) {
    const Operand self{shape, x.dtype()};
    return g.fail(fault::rank_is_wrong, &gru_op, at, {&self, 1});
  }
  const Dim wide = multiply(Dim{3}, Dim{units}).value;
  if (!wide.is_known()) {
    const Operand self{shape, x.dtype()};
    return g.fail(fault::size_overflows, &gru_op, at, {&self, 1});
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
  const Tensor bias = g.parameter("bias", {wide}, zeros(), x.dtype(), at);
  const Tensor candidate_bias = g.parameter("candidate_bias", {units}, zeros(), x.dtype(), at);
  const Tensor rows = detail::rows_of(x, at);
  const Tensor product = matmul(rows, weight, {}, at);
  const Tensor sums = add(product, bias, at);
  const Tensor gates = reshape(sums, {shape[0], shape[1], wide}, at);
  return gru(gates, recurrent, candidate_bias, at);
}

}  // namespace foregraph
