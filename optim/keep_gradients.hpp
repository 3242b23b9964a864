#pragma once

#include <foregraph/detail/optim/update.hpp>

namespace foregraph {

/// An optimizer whose gradients are all kept to the end of the step, as where they are attributes
/// of the parameters. What early updates save is told against it.
template <class Optimizer>
struct KeepGradients {
  Optimizer optimizer{};

  constexpr void apply(Graph& g, std::span<const Gradient> gradients) const {
    for (const Gradient& each : gradients) g.outputs.push_back(each.gradient.id);
    optimizer.apply(g, gradients);
  }
};

}  // namespace foregraph
