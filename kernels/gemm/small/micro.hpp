#pragma once

// Part of small_gemm.cpp, the only file that includes it.
#include <foregraph/detail/kernels/gemm/small/common.hpp>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

// ---- micro: the innermost kernel of large products, kMicroRows x kMicroColumns of C ----

// Few rows and many registers of columns: each step then reads a long contiguous piece of B, which
// saves address translations, and writes long pieces of C's rows. Sums and B's registers must fit:
// 4 x 4 + 4 + 1 of 32 registers, 4 x 3 + 3 + 1 of 16.
constexpr int kMicroRows = 4;
#if defined(FOREGRAPH_ISA_AVX512)
constexpr int kMicroVectors = 4;
#elif defined(FOREGRAPH_ISA_AVX2)
constexpr int kMicroVectors = 3;
#else
constexpr int kMicroVectors = 2;  // without FMA, products need a register too
#endif

template <class T>
constexpr Index kMicroColumns = kMicroVectors* width<T, SimdArch>;

/// Operands of C = alpha * A . B + beta * C for one piece of C.
template <class T>
struct Micro {
  Index k;
  const T* a;  // element [r, p] at a[r * lda + p] if "across", else at a[p * lda + r]
  Index lda;
  const T* b;  // row p at b + p * ldb
  Index ldb;
  T* packed_b;    // destination of B's rows, kMicroColumns apart, if they are packed
  const T* next;  // rows of B, ldb_next apart, to prefetch
  Index ldb_next;
  Index next_rows;
  T alpha;
  T beta;
  T* c;
  Index ldc;
  Index rows;     // rows of C that exist: 1 to kMicroRows
  Index columns;  // columns of C that exist; A and B may hold anything beyond
};

template <int NV, bool Across, bool PackB, class T>
[[gnu::always_inline]] inline void micro_sums(const Micro<T>& d, T* c, Index ldc, T alpha, T beta) {
  using V = simd::batch<T, SimdArch>;
  constexpr Index W = width<T, SimdArch>;
  constexpr int MR = kMicroRows;
  const T* next = d.next;
  for (Index q = d.next_rows; q > 0; --q, next += d.ldb_next) {
    for (int v = 0; v < kMicroVectors; ++v) __builtin_prefetch(next + v * W, 0, 2);
  }
  if (beta != T(0)) {  // C is read at the end and may not be cached
    for (int r = 0; r < MR; ++r) {
      for (int v = 0; v < NV; ++v) __builtin_prefetch(c + r * ldc + v * W, 1, 3);
    }
  }
  V sums[MR][NV];
  for (int r = 0; r < MR; ++r) {
    for (int v = 0; v < NV; ++v) sums[r][v] = V(T(0));
  }
  const T* a = d.a;
  const T* b = d.b;
  T* packed = d.packed_b;
  const Index lda = d.lda;
  const Index ldb = d.ldb;
  for (Index p = 0; p < d.k; ++p, b += ldb) {
    V columns[NV];
    for (int v = 0; v < NV; ++v) columns[v] = load<SimdArch>(b + v * W);
    if constexpr (PackB) {
      for (int v = 0; v < NV; ++v) columns[v].store_aligned(packed + v * W);
      packed += kMicroColumns<T>;
    }
    for (int r = 0; r < MR; ++r) {
      const V element(Across ? a[r * lda + p] : a[r]);
      for (int v = 0; v < NV; ++v) sums[r][v] = simd::fma(element, columns[v], sums[r][v]);
    }
    if constexpr (!Across) a += lda;
  }
  // Unrolled, as the sums would otherwise pass through memory.
  const V scale(alpha);
  if (beta == T(0)) {
#pragma GCC unroll 4
    for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) (sums[r][v] * scale).store_unaligned(c + r * ldc + v * W);
    }
    return;
  }
  const V keep(beta);
#pragma GCC unroll 4
  for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) {
      T* out = c + r * ldc + v * W;
      simd::fma(keep, load<SimdArch>(out), sums[r][v] * scale).store_unaligned(out);
    }
  }
}

/// Stores a piece at the edge of C from a whole piece on the stack. Rounds as micro() does.
template <class T>
inline void store_piece(const Micro<T>& d, const T* sums, Index ld) {
  constexpr Index W = width<T, SimdArch>;
  for (Index r = 0; r < d.rows; ++r) {
    T* out = d.c + r * d.ldc;
    Index j = 0;
    for (; j + W <= d.columns; j += W) {
      blend(load<SimdArch>(sums + r * ld + j), d.alpha, d.beta, out + j).store_unaligned(out + j);
    }
    if (j == d.columns) continue;
    alignas(64) T lanes[W] = {};
    if (d.beta != T(0))
      for (Index i = 0; j + i < d.columns; ++i) lanes[i] = out[j + i];
    blend(load<SimdArch>(sums + r * ld + j), d.alpha, d.beta, lanes).store_aligned(lanes);
    for (Index i = 0; j + i < d.columns; ++i) out[j + i] = lanes[i];
  }
}

template <int NV, bool Across, bool PackB, class T>
[[gnu::noinline]] void micro(const Micro<T>& d) {
  constexpr Index columns = NV * width<T, SimdArch>;
  if (d.rows == kMicroRows && d.columns == columns) {
    return micro_sums<NV, Across, PackB>(d, d.c, d.ldc, d.alpha, d.beta);
  }
  alignas(64) T piece[kMicroRows * columns];
  micro_sums<NV, Across, PackB>(d, piece, columns, T(1), T(0));
  store_piece(d, piece, columns);
}

template <bool Across, class T>
inline void micro_of_columns(const Micro<T>& d) {
  constexpr Index W = width<T, SimdArch>;
  if constexpr (kMicroVectors > 3) {
    if (d.columns > 3 * W) return micro<4, Across, false>(d);
  }
  if constexpr (kMicroVectors > 2) {
    if (d.columns > 2 * W) return micro<3, Across, false>(d);
  }
  d.columns > W ? micro<2, Across, false>(d) : micro<1, Across, false>(d);
}

}  // namespace
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
