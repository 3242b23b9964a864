#pragma once

// Part of small_gemm.cpp, the only file that includes it.
#include <foregraph/detail/kernels/gemm/small/common.hpp>
#include <type_traits>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

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

/// A mask whose elements [16, 32) have all bits set: a register of 16 lanes loaded from `tail`
/// masks all but its last `tail` lanes; a narrower register is loaded from 16 - width + tail.
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

/// Returns the sum over the lanes of sums[r] as lane r, for all r.
template <class Arch, class T>
inline simd::batch<T, Arch> add_up(const simd::batch<T, Arch>* sums) {
  return simd::haddp(sums);
}
#if defined(FOREGRAPH_ISA_AVX512)
// xsimd 8.1's haddp permutes the lanes for AVX-512 floats, so fold to AVX2 registers first.
template <>
inline simd::batch<float, SimdArch> add_up<SimdArch, float>(
    const simd::batch<float, SimdArch>* sums) {
  using Half = simd::batch<float, Narrower<SimdArch>>;
  Half folded[16];
  for (int r = 0; r < 16; ++r)
    folded[r] =
        Half(_mm256_add_ps(_mm512_castps512_ps256(sums[r]), _mm512_extractf32x8_ps(sums[r], 1)));
  return simd::batch<float, SimdArch>(
      _mm512_insertf32x8(_mm512_castps256_ps512(simd::haddp(folded)), simd::haddp(folded + 8), 1));
}
#endif

/// Computes the dot products of as many rows as a register has lanes; the sums fill one register.
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
    // Mask both factors: zero times an infinity in the overlap would be NaN.
    const V mask = load<Arch>(kMask<T>.lanes + 16 - W + tail);
    const V x = load<Arch>(d.x + d.k - W) & mask;
    const T* last = rows + d.k - W;
    for (Index r = 0; r < W; ++r) {
      sums[r] = simd::fma(load<Arch>(last + r * d.ld) & mask, x, sums[r]);
    }
  }
  const V sum = add_up<Arch, T>(sums);
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
  const T sum = simd::sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
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
    for (Index i = 0; i < d.rows; ++i) {  // only if xsimd supports no registers
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

}  // namespace
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
