#include <cstdint>
#include <foregraph/runtime/kernels/isa/arch.hpp>
#include <foregraph/runtime/kernels/isa/small_gemm.hpp>
#include <type_traits>

// Four forms, chosen by shape:
//   dots   n = 1 with A as stored, or m = 1 with B transposed: a dot product per stored row;
//   row    m = 1, or n = 1 with A transposed: a sum of stored rows, weighted by a vector;
//   (n = 2, 3 column by column with the two above, m = 2, 3 with B transposed row by row)
//   tile   everything else: blocks of C in registers; a transposed B is packed on the stack.
// Rows whose length is no multiple of a register end in a register that overlaps the one before:
// lanes are computed twice (tile, row) or masked out (dots), never read past the end.

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

using Index = std::int64_t;

template <class T, class Arch>
constexpr Index width = simd::batch<T, Arch>::size;
template <class T>
constexpr Index width<T, void> = 0;

#if defined(FOREGRAPH_ISA_AVX512)
constexpr int kTileRows = 8;  // 8 x 2 sums, 2 + 1 operands of 32 registers
#else
constexpr int kTileRows = 4;  // 4 x 2 sums, 2 + 1 operands of 16 registers
#endif
constexpr Index kPackDepth = 128;  // of a packed panel: 16 KiB at most, half of a first-level cache
constexpr Index kScatter = 64;     // elements on the stack when the result is strided

template <class Arch, class T>
inline simd::batch<T, Arch> load(const T* from) {
  return simd::batch<T, Arch>::load_unaligned(from);
}

/// alpha * sum + beta * c, for one register of C; c is not read if beta is 0.
template <class Arch, class T>
inline simd::batch<T, Arch> blend(simd::batch<T, Arch> sum, T alpha, T beta, const T* c) {
  using V = simd::batch<T, Arch>;
  const V scaled = sum * V(alpha);
  return beta == T(0) ? scaled : simd::fma(V(beta), load<Arch>(c), scaled);
}

template <class T>
inline T blend(T sum, T alpha, T beta, const T* c) {
  return beta == T(0) ? alpha * sum : alpha * sum + beta * *c;
}

// ---- dots: out[i * stride] = alpha * <matrix[i, :], x> + beta * out[i * stride] ----

template <class T>
struct Dots {
  Index rows;
  Index k;
  const T* matrix;  // [rows, k], rows `ld` apart
  Index ld;
  const T* x;  // [k], contiguous
  T alpha;
  T beta;
  T* out;
  Index stride;
};

/// Lanes [16, 32) are all ones: loading from `tail` masks all but the last `tail` lanes of a
/// register of 16, and from 16 - width + tail those of a narrower one.
template <class T>
struct Mask {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  T lanes[32];
  constexpr Mask() : lanes{} {
    for (int i = 16; i < 32; ++i) lanes[i] = __builtin_bit_cast(T, static_cast<Bits>(~Bits(0)));
  }
};
template <class T>
constexpr Mask<T> kMask{};

template <class T, int K>
void short_dots(const Dots<T>& d) {
  for (Index i = 0; i < d.rows; ++i) {
    T sum = T(0);
    for (int p = 0; p < K; ++p) sum += d.matrix[i * d.ld + p] * d.x[p];
    T* out = d.out + i * d.stride;
    *out = blend(sum, d.alpha, d.beta, out);
  }
}

/// As many rows as a register has lanes, so that their sums end up in one register.
template <class Arch, class T>
inline void dots_group(const Dots<T>& d, Index first) {
  using V = simd::batch<T, Arch>;
  constexpr Index W = width<T, Arch>;
  const T* rows = d.matrix + first * d.ld;
  const Index tail = d.k % W;
  V sums[W];
  {
    const V x = load<Arch>(d.x);
    for (Index r = 0; r < W; ++r) sums[r] = load<Arch>(rows + r * d.ld) * x;
  }
  for (Index p = W; p + W <= d.k; p += W) {
    const V x = load<Arch>(d.x + p);
    for (Index r = 0; r < W; ++r) sums[r] = simd::fma(load<Arch>(rows + r * d.ld + p), x, sums[r]);
  }
  if (tail != 0) {
    // Both factors are masked: a zero times an infinity of the overlap would be a NaN.
    const V mask = load<Arch>(kMask<T>.lanes + 16 - W + tail);
    const V x = load<Arch>(d.x + d.k - W) & mask;
    const T* last = rows + d.k - W;
    for (Index r = 0; r < W; ++r) {
      sums[r] = simd::fma(load<Arch>(last + r * d.ld) & mask, x, sums[r]);
    }
  }
  const V sum = simd::haddp(sums);
  T* out = d.out + first * d.stride;
  if (d.stride == 1) {
    blend(sum, d.alpha, d.beta, out).store_unaligned(out);
  } else {
    alignas(64) T lanes[W];
    sum.store_aligned(lanes);
    for (Index r = 0; r < W; ++r) {
      out[r * d.stride] = blend(lanes[r], d.alpha, d.beta, out + r * d.stride);
    }
  }
}

template <class Arch, class T>
inline void single_dot(const Dots<T>& d, Index row) {
  using V = simd::batch<T, Arch>;
  constexpr Index W = width<T, Arch>;
  const T* a = d.matrix + row * d.ld;
  V sums[4] = {V(T(0)), V(T(0)), V(T(0)), V(T(0))};
  Index p = 0;
  for (; p + 4 * W <= d.k; p += 4 * W) {
    for (int s = 0; s < 4; ++s) {
      sums[s] = simd::fma(load<Arch>(a + p + s * W), load<Arch>(d.x + p + s * W), sums[s]);
    }
  }
  for (; p + W <= d.k; p += W) {
    sums[0] = simd::fma(load<Arch>(a + p), load<Arch>(d.x + p), sums[0]);
  }
  if (p < d.k) {
    const V mask = load<Arch>(kMask<T>.lanes + 16 - W + (d.k - p));
    sums[1] = simd::fma(load<Arch>(a + d.k - W) & mask, load<Arch>(d.x + d.k - W) & mask, sums[1]);
  }
  const T sum = simd::hadd((sums[0] + sums[1]) + (sums[2] + sums[3]));
  T* out = d.out + row * d.stride;
  *out = blend(sum, d.alpha, d.beta, out);
}

template <class Arch, class T>
void dots(const Dots<T>& d) {
  constexpr Index W = width<T, Arch>;
  if constexpr (W == 0) {
    if (d.k == 1) return short_dots<T, 1>(d);
    if (d.k == 2) return short_dots<T, 2>(d);
    if (d.k == 3) return short_dots<T, 3>(d);
    for (Index i = 0; i < d.rows; ++i) {  // only where xsimd knows no registers at all
      T sum = T(0);
      for (Index p = 0; p < d.k; ++p) sum += d.matrix[i * d.ld + p] * d.x[p];
      T* out = d.out + i * d.stride;
      *out = blend(sum, d.alpha, d.beta, out);
    }
  } else {
    if (d.k < W) return dots<Narrower<Arch>>(d);
    Index i = 0;
    for (; i + W <= d.rows; i += W) dots_group<Arch>(d, i);
    constexpr Index narrower = width<T, Narrower<Arch>>;
    if (narrower != 0 && d.rows - i >= narrower) {
      Dots<T> rest = d;
      rest.rows -= i;
      rest.matrix += i * d.ld;
      rest.out += i * d.stride;
      return dots<Narrower<Arch>>(rest);
    }
    for (; i < d.rows; ++i) single_dot<Arch>(d, i);
  }
}

// ---- row: out[j * stride] = alpha * sum_p x[p] * matrix[p, j] + beta * out[j * stride] ----

template <class T>
struct Row {
  Index n;
  Index k;
  const T* x;  // [k], elements `x_stride` apart
  Index x_stride;
  const T* matrix;  // [k, n], rows `ld` apart
  Index ld;
  T alpha;
  T beta;
  T* out;
};

/// NV registers of the result from column `first` on, the last of them at column `last`. k is cut
/// into interleaved strands so that eight sums are under way: one alone would wait for the
/// latency of each addition.
template <class Arch, int NV, class T>
inline void row_panel(const Row<T>& d, Index first, Index last) {
  using V = simd::batch<T, Arch>;
  constexpr Index W = width<T, Arch>;
  constexpr int S = 8 / NV;
  const T* matrix = d.matrix + first;
  Index offset[NV];
  for (int v = 0; v < NV; ++v) offset[v] = v * W;
  offset[NV - 1] = last - first;
  V sums[S][NV];
  for (int s = 0; s < S; ++s) {
    for (int v = 0; v < NV; ++v) sums[s][v] = V(T(0));
  }
  Index p = 0;
  for (; p + S <= d.k; p += S) {
    for (int s = 0; s < S; ++s) {
      const V x(d.x[(p + s) * d.x_stride]);
      for (int v = 0; v < NV; ++v) {
        sums[s][v] = simd::fma(x, load<Arch>(matrix + (p + s) * d.ld + offset[v]), sums[s][v]);
      }
    }
  }
  for (; p < d.k; ++p) {
    const V x(d.x[p * d.x_stride]);
    for (int v = 0; v < NV; ++v) {
      sums[0][v] = simd::fma(x, load<Arch>(matrix + p * d.ld + offset[v]), sums[0][v]);
    }
  }
  for (int half = S / 2; half > 0; half /= 2) {
    for (int s = 0; s < half; ++s) {
      for (int v = 0; v < NV; ++v) sums[s][v] += sums[s + half][v];
    }
  }
  T* out = d.out + first;
  V result[NV];  // all before the first store: registers may overlap
  for (int v = 0; v < NV; ++v) result[v] = blend(sums[0][v], d.alpha, d.beta, out + offset[v]);
  for (int v = 0; v < NV; ++v) result[v].store_unaligned(out + offset[v]);
}

template <class T>
void narrow_row(const Row<T>& d) {
  for (Index j = 0; j < d.n; ++j) {
    T sums[4] = {};
    Index p = 0;
    for (; p + 4 <= d.k; p += 4) {
      for (int s = 0; s < 4; ++s) {
        sums[s] += d.x[(p + s) * d.x_stride] * d.matrix[(p + s) * d.ld + j];
      }
    }
    for (; p < d.k; ++p) sums[0] += d.x[p * d.x_stride] * d.matrix[p * d.ld + j];
    const T sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    d.out[j] = blend(sum, d.alpha, d.beta, d.out + j);
  }
}

template <class Arch, class T>
void row(const Row<T>& d) {
  constexpr Index W = width<T, Arch>;
  if constexpr (W == 0) {
    narrow_row(d);
  } else {
    if (d.n < W) return row<Narrower<Arch>>(d);
    // The odd registers come first, so that the last one, which may overlap its predecessor, is
    // in the same panel as that: else columns of C would be scaled by beta twice.
    const Index registers = (d.n + W - 1) / W;
    const Index end = d.n - W;
    Index v = 0;
    if (registers % 2 != 0) {
      row_panel<Arch, 1>(d, 0, 0);
      v = 1;
    }
    if (registers % 4 >= 2) {
      const Index last = (v + 1) * W;
      row_panel<Arch, 2>(d, v * W, last < end ? last : end);
      v += 2;
    }
    for (; v < registers; v += 4) {
      const Index last = (v + 3) * W;
      row_panel<Arch, 4>(d, v * W, last < end ? last : end);
    }
  }
}

/// A row whose result is `stride` apart: by way of the stack.
template <class T>
void strided_row(Row<T> d, Index stride) {
  if (stride == 1) return row<SimdArch>(d);
  const T alpha = d.alpha;
  const T beta = d.beta;
  T* out = d.out;
  T result[kScatter];
  d.alpha = T(1);
  d.beta = T(0);
  d.out = result;
  for (Index left = d.n; left > 0; left -= kScatter) {
    d.n = left < kScatter ? left : kScatter;
    row<SimdArch>(d);
    for (Index j = 0; j < d.n; ++j) {
      out[j * stride] = blend(result[j], alpha, beta, out + j * stride);
    }
    d.matrix += d.n;
    out += d.n * stride;
  }
}

// ---- tile ----

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

/// packed[p, column] = b[column, p] for one register of columns; rows of `packed` are `ld` apart.
template <class Arch, class T>
inline void pack(const T* b, Index ldb, Index k, T* packed, Index ld) {
  constexpr Index W = width<T, Arch>;
  for (Index p = 0; p < k; ++p) {
    for (Index column = 0; column < W; ++column) packed[p * ld + column] = b[column * ldb + p];
  }
}

/// C = alpha * op(A) . op(B) + beta * C by panels of NV registers of columns; the strides of A and
/// B are those of the whole matrices, k may be a part of it (not above kPackDepth if B is packed).
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
};

template <class Arch, bool TransposeA, bool TransposeB, int NV, class T>
inline void tile_panel(const Tiles<T>& d, Index first, Index second) {
  constexpr Index W = width<T, Arch>;
  Panel<T> panel{d.k, d.lda,   d.b + first, d.ldb, second - first, second - first,
                 d.n, d.alpha, d.beta};
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
    for (Index i = 0; i < d.m; ++i) {  // only where xsimd knows no registers at all
      for (Index j = 0; j < d.n; ++j) {
        T sum = T(0);
        for (Index p = 0; p < d.k; ++p) {
          sum += d.a[TransposeA ? p * d.lda + i : i * d.lda + p] *
                 d.b[TransposeB ? j * d.ldb + p : p * d.ldb + j];
        }
        d.c[i * d.n + j] = blend(sum, d.alpha, d.beta, d.c + i * d.n + j);
      }
    }
  } else {
    if (d.n < W) return tiles<Narrower<Arch>, TransposeA, TransposeB>(d);
    const Index registers = (d.n + W - 1) / W;  // the odd one first, for the reason given in row()
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

// ---- the choice ----

/// One column of C: op(A) times the vector x.
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

/// One row of C with B transposed: B's rows times the vector x.
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
    return row<SimdArch>(Row<T>{g.n, g.k, g.a, 1, g.b, g.n, g.alpha, g.beta, g.c});
  }
  Tiles<T> d{g.m,     g.n,    g.k, g.a, g.transpose_a ? g.m : g.k, g.b, g.transpose_b ? g.k : g.n,
             g.alpha, g.beta, g.c};
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

}  // namespace

void small_gemm(const GemmArguments<float>& arguments) {
  multiply(arguments);
}
void small_gemm(const GemmArguments<double>& arguments) {
  multiply(arguments);
}

}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
