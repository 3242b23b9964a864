#include <foregraph/detail/kernels/gemm/small/blocked.hpp>
#include <foregraph/detail/kernels/gemm/small/dots.hpp>
#include <foregraph/detail/kernels/gemm/small/row.hpp>
#include <foregraph/detail/kernels/gemm/small/small_gemm.hpp>
#include <foregraph/detail/kernels/gemm/small/tile.hpp>
#include <foregraph/detail/kernels/gemm/small/wide_row.hpp>
#include <foregraph/detail/kernels/simd/arch.hpp>

// Forms, selected by shape; the first three only for small products:
//   dots   n = 1 with A as stored, or m = 1 with B transposed: a dot product per stored row;
//   row    m = 1, or n = 1 with A transposed: a sum of stored rows, weighted by a vector;
//   (n = 2, 3 column by column with the two above, m = 2, 3 with B transposed row by row)
//   tile   all others: blocks of C in registers; a transposed B is packed on the stack;
//   blocked  like tile, and also blocked so that A and B stay in the caches.
// If the length of a row is not a multiple of a register, its last register overlaps the previous
// one: lanes are computed twice (tile, row) or masked out (dots). `blocked` instead computes the
// end of a row on the stack. Nothing is read past the end.

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

// ---- selection of the form ----

/// Computes one column of C: op(A) times the vector x.
template <class T>
void column(const GemmArguments<T>& g, const T* x, T* c) {
  if (g.transpose_a) {
    const Index x_stride = g.transpose_b ? 1 : g.n;
    strided_row<T>({g.m, g.k, x, x_stride, g.a, g.m, g.alpha, g.beta, c}, g.n);
    return;
  }
  if (g.transpose_b || g.n == 1) {
    dots<SimdArch>(Dots<T>{g.m, g.k, g.a, g.k, x, g.alpha, g.beta, c, g.n});
    return;
  }
  T packed[kPackDepth];
  T beta = g.beta;
  for (Index begin = 0; begin < g.k; begin += kPackDepth, beta = T(1)) {
    const Index k = g.k - begin < kPackDepth ? g.k - begin : kPackDepth;
    for (Index p = 0; p < k; ++p) packed[p] = x[(begin + p) * g.n];
    dots<SimdArch>(Dots<T>{g.m, k, g.a + begin, g.k, packed, g.alpha, beta, c, g.n});
  }
}

/// Computes one row of C with B transposed: B's rows times the vector x.
template <class T>
void row_of_transposed(const GemmArguments<T>& g, const T* x, T* c) {
  if (!g.transpose_a || g.m == 1) {
    dots<SimdArch>(Dots<T>{g.n, g.k, g.b, g.k, x, g.alpha, g.beta, c, 1});
    return;
  }
  T packed[kPackDepth];
  T beta = g.beta;
  for (Index begin = 0; begin < g.k; begin += kPackDepth, beta = T(1)) {
    const Index k = g.k - begin < kPackDepth ? g.k - begin : kPackDepth;
    for (Index p = 0; p < k; ++p) packed[p] = x[(begin + p) * g.m];
    dots<SimdArch>(Dots<T>{g.n, k, g.b + begin, g.k, packed, g.alpha, beta, c, 1});
  }
}

template <class T>
void multiply(const GemmArguments<T>& arguments) {
  GemmArguments<T> g = arguments;
  // A vector is its own transpose: prefer the form that needs no packing.
  if (g.m == 1) g.transpose_a = false;
  if (g.k == 1) g.transpose_a = g.transpose_b = false;
  if (g.m != 1 && g.n <= 3) {
    for (Index j = 0; j < g.n; ++j) column(g, g.b + (g.transpose_b ? j * g.k : j), g.c + j);
    return;
  }
  if (g.n == 1) return dots<SimdArch>(Dots<T>{1, g.k, g.a, g.k, g.b, g.alpha, g.beta, g.c, 1});
  if (g.transpose_b && g.m <= 3) {
    for (Index i = 0; i < g.m; ++i) {
      row_of_transposed(g, g.a + (g.transpose_a ? i : i * g.k), g.c + i * g.n);
    }
    return;
  }
  if (g.m == 1) {
    const Row<T> d{g.n, g.k, g.a, 1, g.b, g.n, g.alpha, g.beta, g.c};
    return is_wide_row<T>(g.n, g.k) ? wide_row(d) : row<SimdArch>(d);
  }
  Tiles<T> d{g.m,     g.n,    g.k, g.a, g.transpose_a ? g.m : g.k, g.b, g.transpose_b ? g.k : g.n,
             g.alpha, g.beta, g.c, g.n};
  if (!g.transpose_b) return tiles<false>(g.transpose_a, d);
  const Index parts = (g.k + kPackDepth - 1) / kPackDepth;
  for (Index part = 0; part < parts; ++part) {
    const Index begin = g.k * part / parts;
    d.k = g.k * (part + 1) / parts - begin;
    d.a = g.a + begin * (g.transpose_a ? g.m : 1);
    d.b = g.b + begin;
    if (part != 0) d.beta = T(1);
    tiles<true>(g.transpose_a, d);
  }
}

template <class T>
void multiply_by_tiles(const GemmPart<T>& g) {
  tiles<false>(g.transpose_a,
               Tiles<T>{g.m, g.n, g.k, g.a, g.lda, g.b, g.ldb, g.alpha, g.beta, g.c, g.ldc});
}

}  // namespace

void small_gemm(const GemmArguments<float>& arguments) {
  multiply(arguments);
}
void small_gemm(const GemmArguments<double>& arguments) {
  multiply(arguments);
}
void tile_gemm(const GemmPart<float>& part) {
  multiply_by_tiles(part);
}
void tile_gemm(const GemmPart<double>& part) {
  multiply_by_tiles(part);
}
void blocked_gemm(const GemmPart<float>& part) {
  blocked(part);
}
void blocked_gemm(const GemmPart<double>& part) {
  blocked(part);
}

}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
