#pragma once

#include <foregraph/detail/optim/optimizer.hpp>

namespace foregraph::optim {

/// An optimizer that keeps all gradients to the end of the step, like frameworks where gradients
/// are attributes of the parameters. Baseline for the memory that early updates save.
template <class Optimizer>
struct KeepGradients {
  Optimizer optimizer{};  ///< receives the gradients

  /// Appends the updates of `optimizer`, after all gradients.
  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    for (const Gradient& each : gradients) g.outputs.push_back(each.gradient.id);
    checked_optimizer(optimizer).apply(g, gradients);
  }
};

}  // namespace foregraph::optim
