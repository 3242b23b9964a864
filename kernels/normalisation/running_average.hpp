#pragma once

#include <cstdint>

#include <foregraph/detail/graph/op.hpp>

/// The kernel of nn/layers/batch_norm.hpp.
namespace foregraph {

struct RunningAverageKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t count = call.output_shape.elements;
    const auto* old = static_cast<const T*>(call.inputs[0]);
    const auto* now = static_cast<const T*>(call.inputs[1]) + call.attributes->integers[0] * count;
    auto* out = static_cast<T*>(call.output);
    const T rest = static_cast<T>(1 - call.attributes->number);
    for (std::int64_t i = 0; i < count; ++i) out[i] = old[i] + rest * (now[i] - old[i]);
  }
};

}  // namespace foregraph
