#pragma once

#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>

/// The parts that lstm() and gru() share.
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
