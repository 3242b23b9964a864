#pragma once

#include <cmath>

#include <foregraph/detail/kernels/basic/reduction.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>

/// The kernel of ops/activation/logsumexp.hpp.
namespace foregraph {

namespace reduction {
/// exp(x - m), where m is the largest element reduced into the same result.
template <class T>
struct Exponentials : Adds<T> {
  static constexpr bool looks_at_result = true;
  const T* x;
  const T* largest;
  [[gnu::always_inline]] Exponentials(const void* operand, const T* most)
      : x(static_cast<const T*>(operand)), largest(most) {}
  template <class V>
  [[gnu::always_inline]] static V exponential(V z) {
    if constexpr (std::is_same_v<V, T>)
      return std::exp(z);
    else
      return exp_of_nonpositive(z, exp_underflow<T>);
  }
  template <class V>
  [[gnu::always_inline]] V row(std::int64_t i, std::int64_t o) const {
    return exponential<V>(read<V>(x + i) - V(largest[o]));
  }
  template <class V>
  [[gnu::always_inline]] V column(std::int64_t i, std::int64_t o) const {
    return exponential<V>(read<V>(x + i) - read<V>(largest + o));
  }
};
}  // namespace reduction

struct LogSumExpKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    auto* out = static_cast<T*>(call.output);
    auto* largest = static_cast<T*>(call.workspace);
    using Largest = reduction::Plain<T, reduction::TakesLarger>;
    reduction::reduce<V, T>(Largest(call.inputs[0]), call, largest);
    reduction::reduce<V, T>(reduction::Exponentials<T>(call.inputs[0], largest), call, out);
    for (std::int64_t i = 0; i < call.output_shape.elements; ++i) {
      const bool is_infinite = largest[i] - largest[i] != 0;
      out[i] = is_infinite ? largest[i] : std::log(out[i]) + largest[i];
    }
  }
};

}  // namespace foregraph
