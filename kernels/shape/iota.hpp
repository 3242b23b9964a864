#pragma once

#include <cstdint>

#include <foregraph/detail/graph/kernel.hpp>

/// The kernel of ops/shape/iota.hpp.
namespace foregraph {

struct IotaKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    auto* out = static_cast<T*>(call.output);
    for (std::int64_t i = 0; i < call.output_shape.elements; ++i) out[i] = static_cast<T>(i);
  }
};

}  // namespace foregraph
