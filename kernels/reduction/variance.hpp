#pragma once

#include <foregraph/detail/kernels/basic/reduction.hpp>

/// The kernel of ops/reduction/variance.hpp.
namespace foregraph {

namespace reduction {
/// (x - mean)^2, where the mean has one element per result.
template <class T>
struct SquaredDeviations : Adds<T> {
  static constexpr bool looks_at_result = true;
  const T* x;
  const T* mean;
  [[gnu::always_inline]] SquaredDeviations(const void* operand, const void* about)
      : x(static_cast<const T*>(operand)), mean(static_cast<const T*>(about)) {}
  template <class V>
  [[gnu::always_inline]] V row(std::int64_t i, std::int64_t o) const {
    const V d = read<V>(x + i) - V(mean[o]);
    return d * d;
  }
  template <class V>
  [[gnu::always_inline]] V column(std::int64_t i, std::int64_t o) const {
    const V d = read<V>(x + i) - read<V>(mean + o);
    return d * d;
  }
};
}  // namespace reduction

struct VarianceKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    auto* out = static_cast<T*>(call.output);
    reduction::reduce<V, T>(reduction::SquaredDeviations<T>(call.inputs[0], call.inputs[1]), call,
                            out);
    const std::int64_t results = call.input_shapes[1].elements;
    const auto count = static_cast<T>(call.input_shapes[0].elements / results);
    for (std::int64_t i = 0; i < results; ++i) out[i] /= count;
  }
};

}  // namespace foregraph
