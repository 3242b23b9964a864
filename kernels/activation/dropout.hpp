#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernels of ops/activation/dropout.hpp.
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

/// The masks of one dropout in one step.
template <class T, class V>
class DropoutMask {
 public:
  explicit DropoutMask(const KernelCall& call) {
    const auto seed = static_cast<std::uint64_t>(call.attributes->integers[0]);
    const auto step = static_cast<std::uint64_t>(*static_cast<const std::int64_t*>(call.inputs[1]));
    start_ =
        spread_bits_in_kernel<V>(spread_bits_in_kernel<V>(seed + golden) ^ (step + 1) * golden);
    const double rate = call.attributes->number;
    threshold_ = static_cast<std::uint64_t>(rate * 4294967296.0);
    scale_ = static_cast<T>(1 / (1 - rate));
  }

  /// Applies the mask of elements first, first + 1, ... of the whole batch to `count` elements.
  [[gnu::always_inline]] void apply(const T* x, T* out, std::int64_t count,
                                    std::int64_t first) const {
    std::int64_t begin = 0;
    if (first % 2 != 0 && count > 0) {
      out[0] = (pair(first / 2) >> 32) >= threshold_ ? x[0] * scale_ : T(0);
      begin = 1;
    }
    const std::int64_t first_pair = (first + begin) / 2;
    const std::int64_t pairs = (count - begin) / 2;
    const T* from = x + begin;
    T* to = out + begin;
    for (std::int64_t i = 0; i < pairs; ++i) {
      const std::uint64_t bits = pair(first_pair + i);
      const T even = from[2 * i] * scale_;
      const T odd = from[2 * i + 1] * scale_;
      to[2 * i] = (bits & 0xffffffffULL) >= threshold_ ? even : T(0);
      to[2 * i + 1] = (bits >> 32) >= threshold_ ? odd : T(0);
    }
    if (const std::int64_t last = 2 * pairs; begin + last < count)
      to[last] =
          (pair(first_pair + pairs) & 0xffffffffULL) >= threshold_ ? from[last] * scale_ : T(0);
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;

  /// Returns the random bits of elements 2 * index and 2 * index + 1.
  [[gnu::always_inline]] std::uint64_t pair(std::int64_t index) const {
    return spread_bits_in_kernel<V>(start_ + static_cast<std::uint64_t>(index + 1) * golden);
  }

  std::uint64_t start_ = 0;
  std::uint64_t threshold_ = 0;
  T scale_ = 0;
};
}  // namespace detail

struct DropoutKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const detail::DropoutMask<T, V> mask(call);
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    parallel_for(call.output_shape.elements, elements_read_worth_a_thread,
                 [=](std::int64_t begin, std::int64_t end) {
                   mask.apply(x + begin, out + begin, end - begin, begin);
                 });
  }
};

struct DropoutOfPartKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const detail::DropoutMask<T, V> mask(call);
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t of_a_sample = call.attributes->integers[2];
    const std::int64_t of_a_run = call.output_shape.elements / call.attributes->integers[1];
    const std::int64_t before = *static_cast<const std::int64_t*>(call.inputs[2]) * of_a_sample;
    const std::int64_t of_a_whole_run =
        *static_cast<const std::int64_t*>(call.inputs[3]) * of_a_sample;
    parallel_for(call.output_shape.elements, elements_read_worth_a_thread,
                 [=](std::int64_t begin, std::int64_t end) {
                   while (begin < end) {
                     const std::int64_t run = begin / of_a_run;
                     const std::int64_t left = (run + 1) * of_a_run - begin;
                     const std::int64_t count = left < end - begin ? left : end - begin;
                     mask.apply(x + begin, out + begin, count,
                                run * of_a_whole_run + before + (begin - run * of_a_run));
                     begin += count;
                   }
                 });
  }
};

}  // namespace foregraph
