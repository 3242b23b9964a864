#pragma once

#include <foregraph/detail/kernels/basic/one_axis.hpp>
#include <foregraph/detail/kernels/basic/reduction.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>

/// The kernels of ops/reduction/reduce_prod.hpp.
namespace foregraph {

struct ReduceProdKernel : reduction::PlainKernel<reduction::Multiplies> {};

struct ProductOfOthersKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto s = one_axis::split(call.output_shape, call.attributes->integers[0]);
    one_axis::for_each_line<T, V>(
        call, s, [&](const T* x, T* out) { along<T, V>(x, out, s.count); },
        [&](const T* x, T* out, std::int64_t width) {
          columns<T, V>(x, out, s.count, s.inner, width);
        });
  }

 private:
  template <class T, class V>
  static void along(const T* x, T* out, std::int64_t count) {
    T product = 1;
    for (std::int64_t i = 0; i < count; ++i) {
      out[i] = product;
      product *= x[i];
    }
    product = 1;
    for (std::int64_t i = count; i-- > 0;) {
      out[i] *= product;
      product *= x[i];
    }
  }
  template <class T, class V>
  static void columns(const T* x, T* out, std::int64_t count, std::int64_t inner,
                      std::int64_t width) {
    V product(T(1));
    for (std::int64_t i = 0; i < count; ++i) {
      store_part(product, out + i * inner, width);
      product = product * load_part<V>(x + i * inner, width, T(1));
    }
    product = V(T(1));
    for (std::int64_t i = count; i-- > 0;) {
      store_part(product * load_part<V>(out + i * inner, width, T(1)), out + i * inner, width);
      product = product * load_part<V>(x + i * inner, width, T(1));
    }
  }
};

}  // namespace foregraph
