#pragma once

// Part of small_gemm.cpp, the only file that includes it.
#include <foregraph/detail/kernels/gemm/small/common.hpp>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

// ---- packing: stores strips of an operand in the order the innermost kernel reads them ----

/// The narrowest registers of this level, 128 bits, in which transposing needs no lane crossing.
/// void if xsimd supports no registers.
template <class Arch>
struct NarrowestArch {
  using type = typename NarrowestArch<Narrower<Arch>>::type;
};
template <class Arch>
requires(std::is_void_v<Narrower<Arch>>) struct NarrowestArch<Arch> {
  using type = Arch;
};
using Narrowest = typename NarrowestArch<SimdArch>::type;

/// Transposes W registers of W lanes as rows of a matrix, by log2(W) rounds of perfect shuffles.
template <class V, Index W>
inline void transpose(V (&rows)[W]) {
  for (Index round = 1; round < W; round *= 2) {
    V shuffled[W];
    for (Index i = 0; i < W / 2; ++i) {
      shuffled[2 * i] = simd::zip_lo(rows[i], rows[i + W / 2]);
      shuffled[2 * i + 1] = simd::zip_hi(rows[i], rows[i + W / 2]);
    }
    for (Index i = 0; i < W; ++i) rows[i] = shuffled[i];
  }
}

/// Sets packed[p * Width + i] = from[i * ld + p] for i < count and p < depth; zeros up to Width.
template <Index Width, class T>
inline void pack_across(const T* from, Index ld, Index count, Index depth, T* packed) {
  Index i = 0;
  if constexpr (width < T, Narrowest >> 1) {
    constexpr Index W = width<T, Narrowest>;
    using V = simd::batch<T, Narrowest>;
    for (; i + W <= count; i += W) {
      const T* rows = from + i * ld;
      Index p = 0;
      for (; p + W <= depth; p += W) {
        V block[W];
        for (Index r = 0; r < W; ++r) block[r] = load<Narrowest>(rows + r * ld + p);
        transpose(block);
        for (Index r = 0; r < W; ++r) block[r].store_unaligned(packed + (p + r) * Width + i);
      }
      for (; p < depth; ++p)
        for (Index r = 0; r < W; ++r) packed[p * Width + i + r] = rows[r * ld + p];
    }
  }
  for (; i < count; ++i)
    for (Index p = 0; p < depth; ++p) packed[p * Width + i] = from[i * ld + p];
  for (; i < Width; ++i)
    for (Index p = 0; p < depth; ++p) packed[p * Width + i] = T(0);
}

/// Sets packed[p * Width + i] = from[p * ld + i] for i < count and p < depth; zeros up to Width.
template <Index Width, class T>
inline void pack_along(const T* from, Index ld, Index count, Index depth, T* packed) {
  if (count == Width) {
    for (Index p = 0; p < depth; ++p)
      __builtin_memcpy(packed + p * Width, from + p * ld, sizeof(T) * Width);
    return;
  }
  for (Index p = 0; p < depth; ++p) {
    for (Index i = 0; i < count; ++i) packed[p * Width + i] = from[p * ld + i];
    for (Index i = count; i < Width; ++i) packed[p * Width + i] = T(0);
  }
}

}  // namespace
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
