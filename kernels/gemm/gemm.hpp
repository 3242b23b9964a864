#pragma once

#include <cstdint>
#include <foregraph/detail/base/system/cpu.hpp>
#include <string_view>

namespace foregraph {

/// Computes C = alpha * op(A) . op(B) + beta * C, row-major and dense. op(A) is [m, k], and stored
/// [k, m] if `transpose_a`; op(B) is [k, n], and stored [n, k] if `transpose_b`; C is [m, n] and
/// overlaps neither. C is not read if beta is 0, A and B are not read if alpha is 0. Any size may
/// be 0.
///
/// Runs our own kernels (small/small_gemm.cpp) or OpenBLAS, repaired if necessary (blas.hpp): see
/// gemm_path(). Large products use the threads available to parallel_for(). The choice depends only
/// on the shape, active_isa() and active_gemm_choice(), and splitting C among threads does not
/// change any sum: equal calls give equal bits for any number of threads. OpenBLAS runs each part
/// on one thread, see OneBlasThread. Allocates nothing, except that the first product on OpenBLAS
/// starts it if start_blas() has not been called. Takes most of the stack of a step, see
/// base/system/stack.hpp. T is float or double. Throws UsageError if a product on OpenBLAS has a
/// dimension above 2^31 - 1.
template <class T>
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
          T alpha, const T* a, const T* b, T beta, T* c);

/// The product C[m,n] = A[m,k] . B[k,n], dense and row-major, computed by independent parts of
/// rows. For recurrences, whose threads keep their rows from one product to the next. Gives the
/// same bits as gemm() for all rows at once.
template <class T>
struct RowProduct {
  std::int64_t m, n, k;  ///< sizes of the whole product
  const T* b;

  /// Returns the rows of a part, for parallel_for(): an equal share for each available thread, or
  /// all rows if parts would change the result (on OpenBLAS) or be too small.
  [[nodiscard]] std::int64_t rows_a_thread() const;
  /// Computes `rows` rows of C from `rows` rows of A: rows of a part, or all.
  void multiply(std::int64_t rows, const T* a, T* c) const;
};

/// The kernel of a product, see docs/adr/0008-gemm.md. `small` starts in a few nanoseconds and runs
/// on one thread; `tile` keeps blocks of C in registers; `blocked` also blocks for the caches.
enum class GemmPath { small, tile, blocked, openblas };

/// The libraries that may run products: `measured` selects the one that measured faster for the
/// shape; the others select one library for all shapes.
enum class GemmChoice { measured, own, openblas };

/// Returns the choice in the environment variable FOREGRAPH_GEMM ("own" or "openblas"; measured if
/// it is unset or empty), which is read once. Throws UsageError for any other value.
GemmChoice active_gemm_choice();
/// Returns the choice for `request`, the value of FOREGRAPH_GEMM or "" if it is not set.
GemmChoice choose_gemm(std::string_view request);

/// Returns false if gemm() runs every product of this process on our own kernels.
bool gemm_may_use_openblas();

/// Returns the path gemm() takes for this choice, kernel level and shape.
template <class T>
GemmPath gemm_path(GemmChoice choice, Isa isa, bool transpose_a, bool transpose_b, std::int64_t m,
                   std::int64_t n, std::int64_t k);

/// Largest part of C that OpenBLAS computes at once, so that its packing buffer stays small and
/// threads can share the work. Each part is packed separately: see docs/memory.md.
inline constexpr std::int64_t blas_rows_at_once = 2048;
inline constexpr std::int64_t blas_columns_at_once = 512;

/// Runs our own kernels at level `isa`, which must not be above detected_isa(), by one path (not
/// `openblas`; `tile` runs `small` for a transposed B). own_gemm() and blas_gemm() are the two
/// halves of gemm(), for tests and benchmarks; they use threads as gemm() does. blas_gemm() runs
/// OpenBLAS without start_blas().
template <class T>
void own_gemm(Isa isa, GemmPath path, bool transpose_a, bool transpose_b, std::int64_t m,
              std::int64_t n, std::int64_t k, T alpha, const T* a, const T* b, T beta, T* c);
template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
               T alpha, const T* a, const T* b, T beta, T* c);

}  // namespace foregraph
