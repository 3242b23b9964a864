#pragma once

// Part of small_gemm.cpp, the only file that includes it.
#include <cstdint>
#include <foregraph/detail/kernels/simd/arch.hpp>

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
constexpr Index kPackDepth = 128;  // a packed panel is at most 16 KiB, half a first-level cache
constexpr Index kScatter = 64;     // elements on the stack when the result is strided

template <class Arch, class T>
inline simd::batch<T, Arch> load(const T* from) {
  return simd::batch<T, Arch>::load_unaligned(from);
}

/// Returns alpha * sum + beta * c for one register of C; c is not read if beta is 0.
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

}  // namespace
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
