#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/one_axis.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>

/// The kernel of ops/reduction/cumsum.hpp.
namespace foregraph {

struct CumsumKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto s = one_axis::split(call.output_shape, call.attributes->integers[0]);
    const bool exclusive = call.attributes->integers[1] != 0;
    const bool reverse = call.attributes->integers[2] != 0;
    const std::int64_t step = reverse ? -s.inner : s.inner;
    const std::int64_t begin = reverse ? (s.count - 1) * s.inner : 0;
    one_axis::for_each_line<T, V>(
        call, s,
        [&](const T* x, T* out) { along<T, V>(x + begin, out + begin, s.count, step, exclusive); },
        [&](const T* x, T* out, std::int64_t width) {
          columns<T, V>(x + begin, out + begin, s.count, step, width, exclusive);
        });
  }

 private:
  template <class T, class V>
  static void along(const T* x, T* out, std::int64_t count, std::int64_t step, bool exclusive) {
    T total = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const T here = x[i * step];
      const T with = static_cast<T>(total + here);
      out[i * step] = exclusive ? total : with;
      total = with;
    }
  }
  /// Computes a register of adjacent columns.
  template <class T, class V>
  static void columns(const T* x, T* out, std::int64_t count, std::int64_t step, std::int64_t width,
                      bool exclusive) {
    V total(T(0));
    for (std::int64_t i = 0; i < count; ++i) {
      const V with = total + load_part<V>(x + i * step, width, T(0));
      store_part(exclusive ? total : with, out + i * step, width);
      total = with;
    }
  }
};

}  // namespace foregraph
