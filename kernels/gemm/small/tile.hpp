#pragma once

// Part of small_gemm.cpp, the only file that includes it.
#include <foregraph/detail/kernels/gemm/small/common.hpp>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

// ---- tile: blocks of C in registers, panel by panel ----

template <class T>
struct Panel {
  Index k;
  Index lda;
  const T* b;  // the panel's first column
  Index ldb;
  Index b_second;  // offset of the second register of columns, in B (or its packed copy)
  Index c_second;  // and in C
  Index ldc;
  T alpha;
  T beta;
};

template <class Arch, bool TransposeA, int MR, int NV, class T>
inline void tile(const Panel<T>& d, const T* a, T* c) {
  using V = simd::batch<T, Arch>;
  V sums[MR][NV];
  for (int r = 0; r < MR; ++r) {
    for (int v = 0; v < NV; ++v) sums[r][v] = V(T(0));
  }
  const T* b = d.b;
  for (Index p = 0; p < d.k; ++p, b += d.ldb) {
    V columns[NV];
    columns[0] = load<Arch>(b);
    if constexpr (NV == 2) columns[1] = load<Arch>(b + d.b_second);
    for (int r = 0; r < MR; ++r) {
      const V element(TransposeA ? a[p * d.lda + r] : a[r * d.lda + p]);
      for (int v = 0; v < NV; ++v) sums[r][v] = simd::fma(element, columns[v], sums[r][v]);
    }
  }
  for (int r = 0; r < MR; ++r) {
    T* out = c + r * d.ldc;
    const V first = blend(sums[r][0], d.alpha, d.beta, out);
    if constexpr (NV == 2) {
      const V second = blend(sums[r][1], d.alpha, d.beta, out + d.c_second);
      first.store_unaligned(out);
      second.store_unaligned(out + d.c_second);
    } else {
      first.store_unaligned(out);
    }
  }
}

template <class Arch, bool TransposeA, int MR, int NV, class T>
inline void tile_rows(const Panel<T>& d, Index m, const T* a, T* c) {
  for (; m >= MR; m -= MR) {
    tile<Arch, TransposeA, MR, NV>(d, a, c);
    a += TransposeA ? MR : MR * d.lda;
    c += MR * d.ldc;
  }
  if constexpr (MR > 1) {
    if (m > 0) tile_rows<Arch, TransposeA, MR / 2, NV>(d, m, a, c);
  }
}

/// Sets packed[p, column] = b[column, p] for one register of columns; rows of `packed` are `ld`
/// apart.
template <class Arch, class T>
inline void pack(const T* b, Index ldb, Index k, T* packed, Index ld) {
  constexpr Index W = width<T, Arch>;
  for (Index p = 0; p < k; ++p) {
    for (Index column = 0; column < W; ++column) packed[p * ld + column] = b[column * ldb + p];
  }
}

/// Operands of C = alpha * op(A) . op(B) + beta * C, by panels of NV registers of columns. A and B
/// have the strides of the whole matrices; k may be a part of their depth (at most kPackDepth if B
/// is packed).
template <class T>
struct Tiles {
  Index m;
  Index n;
  Index k;
  const T* a;
  Index lda;
  const T* b;
  Index ldb;
  T alpha;
  T beta;
  T* c;
  Index ldc;
};

template <class Arch, bool TransposeA, bool TransposeB, int NV, class T>
inline void tile_panel(const Tiles<T>& d, Index first, Index second) {
  constexpr Index W = width<T, Arch>;
  Panel<T> panel{d.k,   d.lda,   d.b + first, d.ldb, second - first, second - first,
                 d.ldc, d.alpha, d.beta};
  if constexpr (TransposeB) {
    alignas(64) T packed[kPackDepth * NV * W];
    pack<Arch>(d.b + first * d.ldb, d.ldb, d.k, packed, NV * W);
    if (NV == 2) pack<Arch>(d.b + second * d.ldb, d.ldb, d.k, packed + W, NV * W);
    panel.b = packed;
    panel.ldb = NV * W;
    panel.b_second = W;
    tile_rows<Arch, TransposeA, kTileRows, NV>(panel, d.m, d.a, d.c + first);
  } else {
    tile_rows<Arch, TransposeA, kTileRows, NV>(panel, d.m, d.a, d.c + first);
  }
}

template <class Arch, bool TransposeA, bool TransposeB, class T>
void tiles(const Tiles<T>& d) {
  constexpr Index W = width<T, Arch>;
  if constexpr (W == 0) {
    for (Index i = 0; i < d.m; ++i) {  // only if xsimd supports no registers
      for (Index j = 0; j < d.n; ++j) {
        T sum = T(0);
        for (Index p = 0; p < d.k; ++p) {
          sum += d.a[TransposeA ? p * d.lda + i : i * d.lda + p] *
                 d.b[TransposeB ? j * d.ldb + p : p * d.ldb + j];
        }
        d.c[i * d.ldc + j] = blend(sum, d.alpha, d.beta, d.c + i * d.ldc + j);
      }
    }
  } else {
    if (d.n < W) return tiles<Narrower<Arch>, TransposeA, TransposeB>(d);
    const Index registers = (d.n + W - 1) / W;  // the odd one first, see row()
    Index v = 0;
    if (registers % 2 != 0) {
      tile_panel<Arch, TransposeA, TransposeB, 1>(d, 0, 0);
      v = 1;
    }
    for (; v < registers; v += 2) {
      const Index second = (v + 1) * W;
      const Index end = d.n - W;
      tile_panel<Arch, TransposeA, TransposeB, 2>(d, v * W, second < end ? second : end);
    }
  }
}

template <bool TransposeB, class T>
void tiles(bool transpose_a, const Tiles<T>& d) {
  if (transpose_a) {
    tiles<SimdArch, true, TransposeB>(d);
  } else {
    tiles<SimdArch, false, TransposeB>(d);
  }
}

}  // namespace
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
