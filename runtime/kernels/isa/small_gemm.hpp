#pragma once

#include <cstdint>

namespace foregraph {

/// One matrix product C = alpha * op(A) . op(B) + beta * C on dense row-major arrays:
/// op(A) is [m, k] (A is stored [k, m] if transpose_a), op(B) is [k, n] (B is stored [n, k] if
/// transpose_b), C is [m, n]. m, n and k are positive. C is not read if beta is 0.
template <class T>
struct GemmArguments {
  bool transpose_a;
  bool transpose_b;
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  T alpha;
  const T* a;
  const T* b;
  T beta;
  T* c;
};

template <class T>
using SmallGemm = void (*)(const GemmArguments<T>&);

// Our own kernels, one set per level (see arch.hpp). They are right for any size and fast for
// small ones: there is no blocking for the caches beyond the innermost panel.
namespace isa_baseline {
void small_gemm(const GemmArguments<float>& arguments);
void small_gemm(const GemmArguments<double>& arguments);
}  // namespace isa_baseline
#if defined(__x86_64__)
namespace isa_avx2 {
void small_gemm(const GemmArguments<float>& arguments);
void small_gemm(const GemmArguments<double>& arguments);
}  // namespace isa_avx2
namespace isa_avx512 {
void small_gemm(const GemmArguments<float>& arguments);
void small_gemm(const GemmArguments<double>& arguments);
}  // namespace isa_avx512
#endif

}  // namespace foregraph
