#pragma once

#include <cstdint>
#include <foregraph/detail/base/system/cpu.hpp>
#include <string_view>

namespace foregraph {

/// C = alpha * op(A) . op(B) + beta * C, row-major and dense: op(A) is [m, k], stored [k, m] if
/// `transpose_a`; op(B) is [k, n], stored [n, k] if `transpose_b`; C is [m, n] and overlaps
/// neither. C is not read if beta is 0, A and B are not read if alpha is 0. Any size may be 0.
///
/// Runs our own kernels (isa/small_gemm.cpp) or OpenBLAS, repaired if need be
/// (kernels/gemm/blas.hpp): see gemm_path(). Large products use the threads that parallel_for() may
/// use here. The choice depends on the shape, active_isa() and active_gemm_choice() alone, and the
/// parts of C that threads compute do not change any sum: equal calls give equal bits for any
/// number of threads. OpenBLAS has one thread meanwhile, see OneBlasThread. Allocates nothing,
/// except that the first product on OpenBLAS starts it if start_blas() has not been called; takes
/// most of the stack of a step, see base/system/stack.hpp. T is float or double. Throws UsageError
/// if a product on OpenBLAS has a dimension above 2^31 - 1.
template <class T>
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
          T alpha, const T* a, const T* b, T beta, T* c);

/// C[m,n] = A[m,k] . B[k,n], dense and row-major, by parts of rows that know nothing of each other:
/// for recurrences, whose threads keep their rows from one product to the next. The same bits as
/// gemm() for all rows at once.
template <class T>
struct RowProduct {
  std::int64_t m, n, k;  ///< of the whole
  const T* b;

  /// Rows of a part, for parallel_for(): some for each thread it may use here, or all if the parts
  /// would be another product (on OpenBLAS) or too small.
  [[nodiscard]] std::int64_t rows_a_thread() const;
  /// `rows` of the rows at once: some of those of a part, or all.
  void multiply(std::int64_t rows, const T* a, T* c) const;
};

/// What runs a product, by docs/adr/0008-gemm.md. `small` needs a few nanoseconds to start and
/// stays on one thread; `tile` keeps blocks of C in registers; `blocked` is cut for the caches too.
enum class GemmPath { small, tile, blocked, openblas };

/// Who may run products: `measured` whoever was faster where it was measured, else one alone.
enum class GemmChoice { measured, own, openblas };

/// The environment variable FOREGRAPH_GEMM ("own" or "openblas"; not set or empty: measured), read
/// once. Throws UsageError if it has another value.
GemmChoice active_gemm_choice();
/// The rule behind active_gemm_choice(): `request` is the variable's value, empty if it is not set.
GemmChoice choose_gemm(std::string_view request);

/// False if gemm() runs every product of this process on our own kernels.
bool gemm_may_use_openblas();

/// What gemm() does, by the choice, the level of the kernels and the shape.
template <class T>
GemmPath gemm_path(GemmChoice choice, Isa isa, bool transpose_a, bool transpose_b, std::int64_t m,
                   std::int64_t n, std::int64_t k);

/// OpenBLAS gets at most so much of C at once, so that its packing buffer stays small, and as parts
/// for threads. The cost is packing once more for each part: see docs/memory.md.
inline constexpr std::int64_t blas_rows_at_once = 2048;
inline constexpr std::int64_t blas_columns_at_once = 512;

/// The halves of gemm(), for tests and measurements: our own kernels at one level, which must not
/// be above detected_isa(), by one path (not `openblas`; `tile` is `small` for a transposed B), and
/// OpenBLAS as it is (without start_blas()). Both use threads as gemm() does.
template <class T>
void own_gemm(Isa isa, GemmPath path, bool transpose_a, bool transpose_b, std::int64_t m,
              std::int64_t n, std::int64_t k, T alpha, const T* a, const T* b, T beta, T* c);
template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
               T alpha, const T* a, const T* b, T beta, T* c);

}  // namespace foregraph
