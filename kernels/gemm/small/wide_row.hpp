#pragma once

// Part of small_gemm.cpp, the only file that includes it.
#include <foregraph/detail/kernels/gemm/small/row.hpp>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

// ---- wide_row: like row, for long rows ----
//
// Reads a few rows at a time from end to end, which suits memory and caches, and keeps the sums in
// `out`, which stays in the first-level cache. `row` would read a piece of each row, then the next
// piece of each. The three weights of 784-512-512-10 take 32 us here and 45 us with `row`; just
// adding up all their elements takes 37 us (AVX-512, from the last-level cache).

template <class T>
inline bool is_wide_row(Index n, Index k) {
  constexpr Index W = width<T, SimdArch>;
  return W > 1 && n >= 8 * W && k >= 8;
}

/// Sets out[j] to beta * out[j] + alpha * sum_r x[r] * matrix[r, j] for j < n; n is a multiple of
/// the width.
template <int Rows, class T>
inline void add_rows(const Row<T>& d, Index n, T beta) {
  using V = simd::batch<T, SimdArch>;
  constexpr Index W = width<T, SimdArch>;
  V x[Rows];
  for (int r = 0; r < Rows; ++r) x[r] = V(d.alpha * d.x[r * d.x_stride]);
  const V keep(beta);
  const T* matrix = d.matrix;
  T* out = d.out;
  for (Index j = 0; j < n; j += W, matrix += W, out += W) {
    V sum = x[0] * load<SimdArch>(matrix);
    for (int r = 1; r < Rows; ++r) sum = simd::fma(x[r], load<SimdArch>(matrix + r * d.ld), sum);
    (beta == T(0) ? sum : simd::fma(keep, load<SimdArch>(out), sum)).store_unaligned(out);
  }
}

template <class T>
void wide_row(Row<T> d) {
  if constexpr (width < T, SimdArch >> 1) {
    constexpr int kRows = 8;
    constexpr Index W = width<T, SimdArch>;
    const Index n = d.n - d.n % W;
    if (n < d.n) {
      Row<T> rest = d;
      rest.n -= n;
      rest.matrix += n;
      rest.out += n;
      row<SimdArch>(rest);
    }
    T beta = d.beta;
    Index p = 0;
    for (; p + kRows <= d.k; p += kRows, beta = T(1)) {
      add_rows<kRows>(d, n, beta);
      d.matrix += kRows * d.ld;
      d.x += kRows * d.x_stride;
    }
    for (; p < d.k; ++p) {
      add_rows<1>(d, n, beta);
      beta = T(1);
      d.matrix += d.ld;
      d.x += d.x_stride;
    }
  } else {
    row<SimdArch>(d);
  }
}

}  // namespace
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
