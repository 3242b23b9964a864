#include <algorithm>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/kernels/gemm.hpp>
#include <foregraph/runtime/kernels/isa/small_gemm.hpp>
#include <limits>
#include <string>
#include <type_traits>

// cxxblas takes <complex> for granted, and runs its own loops unless the configuration of
// xtensor-blas, which tells it that there is a CBLAS, comes first.
#include <complex>
#include <xtensor-blas/xblas_config.hpp>

#include <xflens/cxxblas/cxxblas.cxx>

namespace foregraph {
namespace {

template <class T>
SmallGemm<T> small_gemm_for([[maybe_unused]] Isa isa) {
#if defined(FOREGRAPH_HAS_AVX512)
  if (isa == Isa::avx512) return &isa_avx512::small_gemm;
#endif
#if defined(FOREGRAPH_HAS_AVX2)
  if (isa >= Isa::avx2) return &isa_avx2::small_gemm;
#endif
  return &isa_baseline::small_gemm;
}

/// What gemm() decides once per program.
template <class T>
struct Dispatch {
  Isa isa = active_isa();
  SmallGemm<T> small = small_gemm_for<T>(isa);
};

template <class T>
const Dispatch<T>& dispatch() {
  static const Dispatch<T> chosen;
  return chosen;
}

/// The sizes no kernel has to think about. Returns whether that was all.
template <class T>
bool is_done(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, T beta, T* c) {
  if (m <= 0 || n <= 0) return true;
  if (k > 0 && alpha != T(0)) return false;
  for (std::int64_t i = 0; i < m * n; ++i) c[i] = beta == T(0) ? T(0) : beta * c[i];
  return true;
}

/// OpenBLAS packs products of up to so many columns, the least of all its kernels, a few rows at a
/// time.
constexpr int narrow_columns = 128;

int blas_size(std::int64_t size) {
  if (size > std::numeric_limits<int>::max()) {
    throw UsageError("gemm: a dimension of " + std::to_string(size) +
                     " elements is too large for OpenBLAS, which takes up to 2147483647; cut the "
                     "product into parts, for example by a smaller batch");
  }
  return static_cast<int>(size);
}

}  // namespace

template <class T>
bool is_small_gemm(Isa isa, bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n,
                   std::int64_t k) {
  (void)isa, (void)transpose_a, (void)transpose_b;
  constexpr std::int64_t most = 64 * 64 * 64;  // also keeps the product from overflow
  return m == 1 || n == 1 || (m < most && n < most && k < most && m * n * k < most);
}

template <class T>
void small_gemm(Isa isa, bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n,
                std::int64_t k, T alpha, const T* a, const T* b, T beta, T* c) {
  if (is_done(m, n, k, alpha, beta, c)) return;
  small_gemm_for<T>(isa)({transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c});
}

template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
               T alpha, const T* a, const T* b, T beta, T* c) {
  if (is_done(m, n, k, alpha, beta, c)) return;
  const int rows = blas_size(m), columns = blas_size(n), depth = blas_size(k);
  // OpenBLAS packs all rows of A at a time, up to some 100 MiB, where C has more columns than it
  // takes in one pass. In parts, what it packs is bounded: see docs/memory.md.
  const int part = columns > narrow_columns ? static_cast<int>(blas_rows_at_once) : rows;
  for (int first = 0; first < rows; first += part) {
    const int count = std::min(part, rows - first);
    const std::int64_t skipped = first;
    cxxblas::gemm(cxxblas::RowMajor, transpose_a ? cxxblas::Trans : cxxblas::NoTrans,
                  transpose_b ? cxxblas::Trans : cxxblas::NoTrans, count, columns, depth, alpha,
                  transpose_a ? a + skipped : a + skipped * depth, transpose_a ? rows : depth, b,
                  transpose_b ? depth : columns, beta, c + skipped * columns, columns);
    if (rows - first <= part) break;  // first + part might not be an int
  }
}

template <class T>
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
          T alpha, const T* a, const T* b, T beta, T* c) {
  if (is_done(m, n, k, alpha, beta, c)) return;
  const Dispatch<T>& chosen = dispatch<T>();
  if (is_small_gemm<T>(chosen.isa, transpose_a, transpose_b, m, n, k)) {
    chosen.small({transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c});
    return;
  }
  start_blas();
  blas_gemm(transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c);
}

#define FOREGRAPH_INSTANTIATE_GEMM(T)                                                           \
  template void gemm<T>(bool, bool, std::int64_t, std::int64_t, std::int64_t, T, const T*,      \
                        const T*, T, T*);                                                       \
  template void small_gemm<T>(Isa, bool, bool, std::int64_t, std::int64_t, std::int64_t, T,     \
                              const T*, const T*, T, T*);                                       \
  template void blas_gemm<T>(bool, bool, std::int64_t, std::int64_t, std::int64_t, T, const T*, \
                             const T*, T, T*);                                                  \
  template bool is_small_gemm<T>(Isa, bool, bool, std::int64_t, std::int64_t, std::int64_t)
FOREGRAPH_INSTANTIATE_GEMM(float);
FOREGRAPH_INSTANTIATE_GEMM(double);
#undef FOREGRAPH_INSTANTIATE_GEMM

}  // namespace foregraph
