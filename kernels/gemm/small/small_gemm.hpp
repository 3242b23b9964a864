#pragma once

#include <cstdint>

namespace foregraph {

/// A matrix product C = alpha * op(A) . op(B) + beta * C on dense row-major arrays:
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

/// A matrix product on parts of larger matrices: rows are lda, ldb and ldc elements apart.
template <class T>
struct GemmPart {
  bool transpose_a;
  bool transpose_b;
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  T alpha;
  const T* a;
  std::int64_t lda;
  const T* b;
  std::int64_t ldb;
  T beta;
  T* c;
  std::int64_t ldc;
};

/// The kernels of one level for elements of T.
template <class T>
struct GemmKernels {
  void (*small)(const GemmArguments<T>&);
  void (*tile)(const GemmPart<T>&);
  void (*blocked)(const GemmPart<T>&);
};

// Our own kernels, one set per level (see arch.hpp), correct for any size. small_gemm and tile_gemm
// are fast for small sizes: they do not block for the caches beyond the innermost panel. tile_gemm
// requires B not transposed. blocked_gemm packs on the stack (110 KiB). An element of C does not
// depend on the part of C that is computed at once, but tile_gemm needs parts with rows of at least
// 64 bytes.
namespace isa_baseline {
void small_gemm(const GemmArguments<float>& arguments);
void small_gemm(const GemmArguments<double>& arguments);
void tile_gemm(const GemmPart<float>& part);
void tile_gemm(const GemmPart<double>& part);
void blocked_gemm(const GemmPart<float>& part);
void blocked_gemm(const GemmPart<double>& part);
}  // namespace isa_baseline
#if defined(__x86_64__)
namespace isa_avx2 {
void small_gemm(const GemmArguments<float>& arguments);
void small_gemm(const GemmArguments<double>& arguments);
void tile_gemm(const GemmPart<float>& part);
void tile_gemm(const GemmPart<double>& part);
void blocked_gemm(const GemmPart<float>& part);
void blocked_gemm(const GemmPart<double>& part);
}  // namespace isa_avx2
namespace isa_avx512 {
void small_gemm(const GemmArguments<float>& arguments);
void small_gemm(const GemmArguments<double>& arguments);
void tile_gemm(const GemmPart<float>& part);
void tile_gemm(const GemmPart<double>& part);
void blocked_gemm(const GemmPart<float>& part);
void blocked_gemm(const GemmPart<double>& part);
}  // namespace isa_avx512
#endif

}  // namespace foregraph
