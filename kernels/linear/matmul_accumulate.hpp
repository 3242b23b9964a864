#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>

/// The kernel of ops/linear/matmul_accumulate.hpp.
namespace foregraph {

struct MatmulAccumulateKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const bool ta = call.attributes->integers[0] != 0;
    const bool tb = call.attributes->integers[1] != 0;
    const std::int64_t k = call.input_shapes[1].dims[ta ? 0 : 1];
    auto* out = static_cast<T*>(call.output);
    if (call.output != call.inputs[0])
      __builtin_memcpy(out, call.inputs[0],
                       static_cast<std::size_t>(call.output_shape.elements) * sizeof(T));
    const std::int64_t m = call.output_shape.dims[0];
    const std::int64_t n = call.output_shape.dims[1];
    const auto* a = static_cast<const T*>(call.inputs[1]);
    const auto* b = static_cast<const T*>(call.inputs[2]);
    const T alpha = *static_cast<const T*>(call.inputs[3]);
    T beta = *static_cast<const T*>(call.inputs[4]);
    if (beta == T(0)) {  // gemm then does not read c, but 0 * NaN is NaN
      for (std::int64_t i = 0; i < m * n; ++i) out[i] *= beta;
      beta = T(1);
    }
    gemm<T>(ta, tb, m, n, k, alpha, a, b, beta, out);
    // gemm does not read a and b either if alpha is 0.
    if (alpha == T(0) && !(all_finite(a, m * k) && all_finite(b, k * n)))
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j)
          for (std::int64_t l = 0; l < k; ++l)
            out[i * n + j] +=
                alpha * (a[ta ? l * m + i : i * k + l] * b[tb ? j * k + l : l * n + j]);
  }

 private:
  template <class T>
  [[gnu::always_inline]] static bool all_finite(const T* x, std::int64_t count) {
    T zeros = 0;
    for (std::int64_t i = 0; i < count; ++i) zeros += x[i] * T(0);
    return zeros == T(0);
  }
};

}  // namespace foregraph
