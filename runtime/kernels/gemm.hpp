#pragma once

#include <cstdint>
#include <foregraph/runtime/cpu.hpp>

namespace foregraph {

/// C = alpha * op(A) . op(B) + beta * C, row-major and dense: op(A) is [m, k], stored [k, m] if
/// `transpose_a`; op(B) is [k, n], stored [n, k] if `transpose_b`; C is [m, n] and overlaps
/// neither. C is not read if beta is 0, A and B are not read if alpha is 0. Any size may be 0.
///
/// Small products run our own kernels (isa/small_gemm.cpp), whose cost starts at a few
/// nanoseconds; large ones OpenBLAS, repaired if need be (runtime/blas.hpp). The choice depends
/// on the shape and on active_isa() alone, so equal calls give equal bits. Allocates nothing,
/// except that the first large product starts OpenBLAS if start_blas() has not been called.
/// T is float or double. Throws UsageError if a large product has a dimension above 2^31 - 1.
template <class T>
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
          T alpha, const T* a, const T* b, T beta, T* c);

/// OpenBLAS gets at most so many rows of C at once, so that its packing buffer stays small. The
/// cost is packing B once more for each part: up to 3 % of a product's time where measured.
inline constexpr std::int64_t blas_rows_at_once = 2048;

/// The two halves of gemm(), for tests and measurements: our own kernels at one level, which must
/// not be above detected_isa(), and OpenBLAS as it is (without start_blas()).
template <class T>
void small_gemm(Isa isa, bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n,
                std::int64_t k, T alpha, const T* a, const T* b, T beta, T* c);
template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
               T alpha, const T* a, const T* b, T beta, T* c);

/// Whether gemm() runs this product on our own kernels.
template <class T>
bool is_small_gemm(Isa isa, bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n,
                   std::int64_t k);

}  // namespace foregraph
