#pragma once

#include <foregraph/detail/kernels/basic/one_axis.hpp>
#include <foregraph/detail/kernels/basic/reduction.hpp>

/// The kernels of ops/reduction/argmax.hpp.
namespace foregraph {

/// The index of the element that Combine prefers.
template <template <class> class Combine>
struct ArgExtremeKernel {
  static constexpr bool integers = true;

  template <class T, class V>
  static void run(const KernelCall& call) {
    if (call.attributes->integers[2] != 0)
      write<T, V>(call, static_cast<std::int64_t*>(call.output));
    else
      write<T, V>(call, static_cast<std::int32_t*>(call.output));
  }

 private:
  template <class T, class V, class Index>
  static void write(const KernelCall& call, Index* out) {
    using Reader = reduction::Plain<T, Combine>;
    const auto s = one_axis::split(call.input_shapes[0], call.attributes->integers[0]);
    const Reader x(call.inputs[0]);
    for_each_row(s.outer, s.count * s.inner, elements_worth_a_thread, [=](std::int64_t o) {
      const std::int64_t first = o * s.count * s.inner;
      if (s.inner == 1)
        out[o] = static_cast<Index>(in_row<T, V>(x, first, s.count));
      else
        columns<T, V>(x.x + first, s.count, s.inner, out + o * s.inner);
    });
  }
  template <class T, class V>
  static std::int64_t in_row(const reduction::Plain<T, Combine>& x, std::int64_t first,
                             std::int64_t count) {
    const reduction::Reducer<V, T, reduction::Plain<T, Combine>> all{x, nullptr};
    const T best = all.contiguous(first, count, 0);
    std::int64_t i = 0;
    if (best != best)
      while (x.x[first + i] == x.x[first + i]) ++i;
    else
      while (x.x[first + i] != best) ++i;
    return i;
  }
  /// Processes some columns at a time; a later row replaces the best only if it is better.
  template <class T, class V, class Index>
  static void columns(const T* x, std::int64_t count, std::int64_t inner, Index* out) {
    constexpr std::int64_t together = 64;
    T best[together];
    for (std::int64_t c0 = 0; c0 < inner; c0 += together) {
      const std::int64_t n = inner - c0 < together ? inner - c0 : together;
      for (std::int64_t c = 0; c < n; ++c) {
        best[c] = x[c0 + c];
        out[c0 + c] = 0;
      }
      for (std::int64_t r = 1; r < count; ++r)
        for (std::int64_t c = 0; c < n; ++c) {
          const T here = x[r * inner + c0 + c];
          const T next = Combine<T>::template combine<T>(best[c], here);
          const bool is_better = next != best[c] && best[c] == best[c];
          best[c] = next;
          out[c0 + c] = is_better ? static_cast<Index>(r) : out[c0 + c];
        }
    }
  }
};

struct ArgmaxKernel : ArgExtremeKernel<reduction::TakesLarger> {};

struct ArgminKernel : ArgExtremeKernel<reduction::TakesSmaller> {};

}  // namespace foregraph
