#pragma once

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::nn {

/// Applies layers in order, each a function from Tensor to Tensor:
///
///     y = sequential(x, [](Tensor t) { return dense(t, 64, "first"); },
///                    [](Tensor t) { return relu(t); });
template <class... Layers>
[[nodiscard]] constexpr Tensor sequential(Tensor x, const Layers&... layers) {
  ((x = layers(x)), ...);
  return x;
}

}  // namespace foregraph::nn
