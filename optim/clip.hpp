#pragma once

#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/optim/optimizer.hpp>

namespace foregraph::optim {

/// Clips each element of the gradients to [-limit, limit], then applies `inner`. The setting is
/// "clip_limit".
template <class Optimizer>
struct ClipByValue {
  Optimizer inner{};  ///< receives the clipped gradients
  double limit = 1;   ///< largest absolute value of an element

  /// Appends the clipping, then the updates of `inner`.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    const OptimizerScope own(g, "clip_by_value", "clip_limit");
    DynamicArray<Gradient> clipped;
    for (const Gradient& each : gradients) {
      const Tensor most = own.setting("clip_limit", limit, each.gradient.dtype());
      const Tensor least = negate(most);  // common subexpressions are merged later
      const Tensor bounded = maximum(minimum(each.gradient, most), least);
      clipped.push_back({each.variable, bounded});
    }
    checked_optimizer(inner).apply(g, std::span<const Gradient>(clipped.data(), clipped.size()));
  }
};

/// Scales all gradients by one factor so that their joint Euclidean norm is at most `max_norm`
/// (Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013): g
/// *= max_norm / max(|g|, max_norm); then applies `inner`. The setting is "clip_max_norm", above 0.
/// The parameters must have one dtype.
template <class Optimizer>
struct ClipByGlobalNorm {
  Optimizer inner{};    ///< receives the scaled gradients
  double max_norm = 1;  ///< largest joint norm

  /// Appends the scaling, then the updates of `inner`.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    if (gradients.empty()) return;
    const OptimizerScope own(g, "clip_by_global_norm", "clip_max_norm");
    Tensor squares;
    for (const Gradient& each : gradients) {
      const Tensor square = sum(multiply(each.gradient, each.gradient));
      squares = squares.graph == nullptr ? square : add(squares, square);
    }
    const Tensor most = own.setting("clip_max_norm", max_norm, gradients[0].gradient.dtype());
    const Tensor scale = divide(most, maximum(sqrt(squares), most));
    DynamicArray<Gradient> clipped;
    for (const Gradient& each : gradients)
      clipped.push_back({each.variable, multiply(each.gradient, scale)});
    checked_optimizer(inner).apply(g, std::span<const Gradient>(clipped.data(), clipped.size()));
  }
};

/// Wraps an optimizer, as in `clip_by_value(adam(1e-3), 0.5)`.
template <class Optimizer>
[[nodiscard]] constexpr ClipByValue<Optimizer> clip_by_value(Optimizer optimizer, double limit) {
  return {optimizer, limit};
}
/// Wraps an optimizer, as in `clip_by_global_norm(sgd_momentum(0.1), 1.0)`.
template <class Optimizer>
[[nodiscard]] constexpr ClipByGlobalNorm<Optimizer> clip_by_global_norm(Optimizer optimizer,
                                                                        double max_norm) {
  return {optimizer, max_norm};
}

}  // namespace foregraph::optim
