#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernel of ops/activation/dropout.hpp.
namespace foregraph {

namespace detail {
/// Computes spread_bits() of base/random.hpp in kernels, which are compiled once per instruction
/// set.
template <class V>
[[gnu::always_inline]] inline std::uint64_t spread_bits_in_kernel(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
}  // namespace detail

struct DropoutKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
    const auto seed = static_cast<std::uint64_t>(call.attributes->integers[0]);
    const auto step = static_cast<std::uint64_t>(*static_cast<const std::int64_t*>(call.inputs[1]));
    const std::uint64_t start = detail::spread_bits_in_kernel<V>(
        detail::spread_bits_in_kernel<V>(seed + golden) ^ (step + 1) * golden);
    const double rate = call.attributes->number;
    const auto threshold = static_cast<std::uint64_t>(rate * 4294967296.0);
    const T scale = static_cast<T>(1 / (1 - rate));
    const std::int64_t count = call.output_shape.elements;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    const auto pairs = [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i + 1 < end; i += 2) {
        const std::uint64_t bits = detail::spread_bits_in_kernel<V>(
            start + static_cast<std::uint64_t>(i / 2 + 1) * golden);
        const T first = x[i] * scale;
        const T second = x[i + 1] * scale;
        out[i] = (bits & 0xffffffffULL) >= threshold ? first : T(0);
        out[i + 1] = (bits >> 32) >= threshold ? second : T(0);
      }
    };
    parallel_for(count, elements_read_worth_a_thread, pairs);  // an even number per chunk
    if (count % 2 != 0) {
      const std::uint64_t bits = detail::spread_bits_in_kernel<V>(
          start + static_cast<std::uint64_t>(count / 2 + 1) * golden);
      out[count - 1] = (bits & 0xffffffffULL) >= threshold ? x[count - 1] * scale : T(0);
    }
  }
};

}  // namespace foregraph
