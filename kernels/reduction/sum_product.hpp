#pragma once

#include <foregraph/detail/kernels/basic/reduction.hpp>

/// The kernel of ops/reduction/sum_product.hpp.
namespace foregraph {

namespace reduction {
template <class T>
struct Products : Adds<T> {
  static constexpr bool looks_at_result = false;
  const T* a;
  const T* b;
  [[gnu::always_inline]] Products(const void* first, const void* second)
      : a(static_cast<const T*>(first)), b(static_cast<const T*>(second)) {}
  template <class V>
  [[gnu::always_inline]] V row(std::int64_t i, std::int64_t) const {
    return read<V>(a + i) * read<V>(b + i);
  }
  template <class V>
  [[gnu::always_inline]] V column(std::int64_t i, std::int64_t) const {
    return read<V>(a + i) * read<V>(b + i);
  }
};
}  // namespace reduction

struct SumProductKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    reduction::reduce<V, T>(reduction::Products<T>(call.inputs[0], call.inputs[1]), call,
                            static_cast<T*>(call.output));
  }
};

}  // namespace foregraph
