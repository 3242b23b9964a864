#include <algorithm>
#include <cstdlib>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/gemm/small/small_gemm.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <limits>
#include <string>
#include <type_traits>

// cxxblas requires <complex>, and runs its own loops unless the configuration of xtensor-blas,
// which enables CBLAS, is included first.
#include <complex>
#include <xtensor-blas/xblas_config.hpp>

#include <xflens/cxxblas/cxxblas.cxx>

namespace foregraph {
namespace {

template <class T>
GemmKernels<T> kernels_for([[maybe_unused]] Isa isa) {
#if defined(FOREGRAPH_HAS_AVX512)
  if (isa == Isa::avx512)
    return {&isa_avx512::small_gemm, &isa_avx512::tile_gemm, &isa_avx512::blocked_gemm};
#endif
#if defined(FOREGRAPH_HAS_AVX2)
  if (isa >= Isa::avx2)
    return {&isa_avx2::small_gemm, &isa_avx2::tile_gemm, &isa_avx2::blocked_gemm};
#endif
  return {&isa_baseline::small_gemm, &isa_baseline::tile_gemm, &isa_baseline::blocked_gemm};
}

/// The choices gemm() makes once per program.
template <class T>
struct Dispatch {
  Isa isa = active_isa();
  GemmChoice choice = active_gemm_choice();
  GemmKernels<T> kernels = kernels_for<T>(isa);
};

template <class T>
const Dispatch<T>& dispatch() {
  static const Dispatch<T> chosen;
  return chosen;
}

/// Handles empty sizes and alpha = 0, so that kernels need not. Returns true if C is complete.
template <class T>
bool is_done(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, T beta, T* c) {
  if (m <= 0 || n <= 0) return true;
  if (k > 0 && alpha != T(0)) return false;
  for (std::int64_t i = 0; i < m * n; ++i) c[i] = beta == T(0) ? T(0) : beta * c[i];
  return true;
}

/// Returns true if m * n * k is below `limit`, without overflow.
bool is_below(std::int64_t limit, std::int64_t m, std::int64_t n, std::int64_t k) {
  return m < limit && n < limit && k < limit &&
         static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) <
             static_cast<double>(limit);
}

/// A split of C into `rows` x `columns` parts of about equal size for threads.
struct Grid {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
};

/// Returns a grid with enough parts to keep `threads` busy, each with about 20 microseconds of
/// work. It may depend on the number of threads, as our kernels compute an element in the same way
/// in any part.
Grid grid_for(int threads, std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t least_rows,
              std::int64_t least_columns) {
  Grid grid;
  if (threads <= 1) return grid;
  const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  constexpr double least_work = 1 << 20;
  const double parts = std::min(2.0 * threads, work / least_work);
  while (static_cast<double>(grid.rows * grid.columns) < parts) {
    const std::int64_t rows = m / grid.rows;
    const std::int64_t columns = n / grid.columns;
    // Nearly square parts read less, but parts of equal size finish together. If only one side can
    // be split, split that one.
    const bool rows_can = rows >= 2 * least_rows;
    const bool columns_can = columns >= 2 * least_columns;
    const bool columns_halve = columns % (2 * least_columns) == 0 || columns >= 16 * least_columns;
    if (!rows_can && !columns_can) break;
    if (columns_can && ((columns >= rows && columns_halve) || !rows_can)) {
      grid.columns *= 2;
    } else {
      grid.rows *= 2;
    }
  }
  return grid;
}

/// Returns the begin of a part, a multiple of `step`, so that only the last part has a ragged edge.
std::int64_t cut(std::int64_t size, std::int64_t step, std::int64_t part, std::int64_t parts) {
  return part == parts ? size : size / step * part / parts * step;
}

template <class T, class Kernel>
void in_parts(const GemmPart<T>& whole, std::int64_t column_step, Kernel kernel) {
  constexpr std::int64_t row_step = 8;
  const Grid grid = grid_for(threads_here(), whole.m, whole.n, whole.k, 2 * row_step, column_step);
  if (grid.rows * grid.columns == 1) return kernel(whole);
  parallel_for(grid.rows * grid.columns, 1, [&](std::int64_t index, std::int64_t) {
    const std::int64_t i = index / grid.columns;
    const std::int64_t j = index % grid.columns;
    const std::int64_t row = cut(whole.m, row_step, i, grid.rows);
    const std::int64_t column = cut(whole.n, column_step, j, grid.columns);
    GemmPart<T> part = whole;
    part.m = cut(whole.m, row_step, i + 1, grid.rows) - row;
    part.n = cut(whole.n, column_step, j + 1, grid.columns) - column;
    part.a += whole.transpose_a ? row : row * whole.lda;
    part.b += whole.transpose_b ? column * whole.ldb : column;
    part.c += row * whole.ldc + column;
    kernel(part);
  });
}

/// Returns the columns that our innermost kernels compute at once: 16 registers for 4 rows.
template <class T>
constexpr std::int64_t columns_at_once(Isa isa) {
  return (isa == Isa::avx512 ? 256
          : isa == Isa::avx2 ? 96
                             : 32) /
         static_cast<std::int64_t>(sizeof(T));
}

template <class T>
void run(const GemmKernels<T>& kernels, Isa isa, GemmPath path, const GemmArguments<T>& g) {
  if (path == GemmPath::small || (path == GemmPath::tile && g.transpose_b)) return kernels.small(g);
  const GemmPart<T> whole{g.transpose_a,
                          g.transpose_b,
                          g.m,
                          g.n,
                          g.k,
                          g.alpha,
                          g.a,
                          g.transpose_a ? g.m : g.k,
                          g.b,
                          g.transpose_b ? g.k : g.n,
                          g.beta,
                          g.c,
                          g.n};
  in_parts(whole, columns_at_once<T>(isa), path == GemmPath::tile ? kernels.tile : kernels.blocked);
}

int blas_size(std::int64_t size) {
  if (size > std::numeric_limits<int>::max()) {
    throw UsageError("gemm: a dimension of " + std::to_string(size) +
                     " elements is too large for OpenBLAS, which takes up to 2147483647; split the "
                     "product, for example with a smaller batch");
  }
  return static_cast<int>(size);
}

}  // namespace

GemmChoice choose_gemm(std::string_view request) {
  if (request.empty()) return GemmChoice::measured;
  if (request == "own") return GemmChoice::own;
  if (request == "openblas") return GemmChoice::openblas;
  throw UsageError("FOREGRAPH_GEMM is '" + std::string(request) +
                   "', expected 'own' or 'openblas' (which one computes matrix products); unset it "
                   "to use the faster one for each shape");
}

GemmChoice active_gemm_choice() {
  static const GemmChoice choice = [] {
    const char* request = std::getenv("FOREGRAPH_GEMM");
    return choose_gemm(request == nullptr ? "" : request);
  }();
  return choice;
}

bool gemm_may_use_openblas() {
  return active_gemm_choice() == GemmChoice::openblas ||
         (active_gemm_choice() == GemmChoice::measured && active_isa() != Isa::avx512);
}

// Follows the table in docs/adr/0008-gemm.md.
template <class T>
GemmPath gemm_path(GemmChoice choice, Isa isa, bool transpose_a, bool transpose_b, std::int64_t m,
                   std::int64_t n, std::int64_t k) {
  if (choice == GemmChoice::openblas) return GemmPath::openblas;
  if (m == 1 || n == 1 || is_below(64 * 64 * 64, m, n, k)) return GemmPath::small;
  if (choice == GemmChoice::measured) {
    if (isa == Isa::baseline) return GemmPath::openblas;
    constexpr std::int64_t large = 1024;
    if (isa == Isa::avx2 && m >= large / 2 && n >= large / 2 && k >= large / 2 &&
        !is_below(large * large * large, m, n, k))
      return GemmPath::openblas;
  }
  if (transpose_b) return GemmPath::blocked;
  const std::int64_t columns = n * static_cast<std::int64_t>(sizeof(T));
  if (columns <= 128 && (isa == Isa::avx512 || k <= 1024)) return GemmPath::tile;
  if (isa == Isa::avx512 && !transpose_a && m <= 128 && k <= 1024 && columns <= 4096)
    return GemmPath::tile;
  return GemmPath::blocked;
}

template <class T>
void own_gemm(Isa isa, GemmPath path, bool transpose_a, bool transpose_b, std::int64_t m,
              std::int64_t n, std::int64_t k, T alpha, const T* a, const T* b, T beta, T* c) {
  if (is_done(m, n, k, alpha, beta, c)) return;
  run<T>(kernels_for<T>(isa), isa, path, {transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c});
}

template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
               T alpha, const T* a, const T* b, T beta, T* c) {
  if (is_done(m, n, k, alpha, beta, c)) return;
  const int lda = blas_size(transpose_a ? m : k), ldb = blas_size(transpose_b ? k : n);
  const int ldc = blas_size(n), depth = blas_size(k);
  // OpenBLAS packs all rows of A at once, up to about 100 MiB, if C has more columns than it
  // computes in one pass. Parts bound the packed memory: see docs/memory.md. They do not depend on
  // the number of threads, since OpenBLAS's sums depend on them.
  const std::int64_t across = (n - 1) / blas_columns_at_once + 1;
  const std::int64_t parts = ((m - 1) / blas_rows_at_once + 1) * across;
  const OneBlasThread alone;
  parallel_for(parts, 1, [&](std::int64_t part, std::int64_t) {
    const std::int64_t row = part / across * blas_rows_at_once;
    const std::int64_t column = part % across * blas_columns_at_once;
    cxxblas::gemm(cxxblas::RowMajor, transpose_a ? cxxblas::Trans : cxxblas::NoTrans,
                  transpose_b ? cxxblas::Trans : cxxblas::NoTrans,
                  static_cast<int>(std::min(m - row, blas_rows_at_once)),
                  static_cast<int>(std::min(n - column, blas_columns_at_once)), depth, alpha,
                  transpose_a ? a + row : a + row * k, lda,
                  transpose_b ? b + column * k : b + column, ldb, beta, c + row * n + column, ldc);
  });
}

template <class T>
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
          T alpha, const T* a, const T* b, T beta, T* c) {
  if (is_done(m, n, k, alpha, beta, c)) return;
  const Dispatch<T>& chosen = dispatch<T>();
  const GemmPath path = gemm_path<T>(chosen.choice, chosen.isa, transpose_a, transpose_b, m, n, k);
  if (path == GemmPath::openblas) {
    start_blas();
    blas_gemm(transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c);
    return;
  }
  run<T>(chosen.kernels, chosen.isa, path,
         {transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c});
}

namespace {
template <class T>
GemmPath path_of(const RowProduct<T>& p) {
  const Dispatch<T>& chosen = dispatch<T>();
  return gemm_path<T>(chosen.choice, chosen.isa, false, false, p.m, p.n, p.k);
}
}  // namespace

template <class T>
std::int64_t RowProduct<T>::rows_a_thread() const {
  const GemmPath path = path_of(*this);
  if (path == GemmPath::openblas || path == GemmPath::small) return std::max<std::int64_t>(m, 1);
  constexpr std::int64_t step = 8;  // rows of our innermost kernels
  const std::int64_t share = (m - 1) / threads_here() + 1;
  return (share + step - 1) / step * step;
}

template <class T>
void RowProduct<T>::multiply(std::int64_t rows, const T* a, T* c) const {
  const GemmPath path = path_of(*this);
  if (rows == m || path == GemmPath::openblas || path == GemmPath::small)
    return gemm<T>(false, false, rows, n, k, T(1), a, b, T(0), c);
  if (is_done(rows, n, k, T(1), T(0), c)) return;
  const Dispatch<T>& chosen = dispatch<T>();
  run<T>(chosen.kernels, chosen.isa, path, {false, false, rows, n, k, T(1), a, b, T(0), c});
}

template struct RowProduct<float>;
template struct RowProduct<double>;

#define FOREGRAPH_INSTANTIATE_GEMM(T)                                                            \
  template void gemm<T>(bool, bool, std::int64_t, std::int64_t, std::int64_t, T, const T*,       \
                        const T*, T, T*);                                                        \
  template void own_gemm<T>(Isa, GemmPath, bool, bool, std::int64_t, std::int64_t, std::int64_t, \
                            T, const T*, const T*, T, T*);                                       \
  template void blas_gemm<T>(bool, bool, std::int64_t, std::int64_t, std::int64_t, T, const T*,  \
                             const T*, T, T*);                                                   \
  template GemmPath gemm_path<T>(GemmChoice, Isa, bool, bool, std::int64_t, std::int64_t,        \
                                 std::int64_t)
FOREGRAPH_INSTANTIATE_GEMM(float);
FOREGRAPH_INSTANTIATE_GEMM(double);
#undef FOREGRAPH_INSTANTIATE_GEMM

}  // namespace foregraph
