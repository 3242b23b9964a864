#pragma once

// Part of small_gemm.cpp, the only file that includes it.
#include <foregraph/detail/kernels/gemm/small/common.hpp>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

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

/// Computes NV registers of the result from column `first` on, the last one at column `last`. k is
/// split into interleaved strands that give eight independent sums, to hide the latency of
/// additions.
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
  V result[NV];  // complete before the first store, as registers may overlap
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
    // The odd registers come first, so that the last register, which may overlap the previous one,
    // is in the same panel. Otherwise columns of C would be scaled by beta twice.
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

/// Computes a row whose result elements are `stride` apart, using a buffer on the stack.
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

}  // namespace
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
