#pragma once

// Maps the level a kernel file is compiled for (FOREGRAPH_ISA) to the xsimd architecture and to a
// separate namespace. Only for kernel files that the build compiles once per level, with
// -DFOREGRAPH_ISA=<level>, -DFOREGRAPH_ISA_<LEVEL>=1 and the matching -m flags.
//
// The reason for the namespaces: if several levels emit an inline function under one name, the
// linker keeps only the first copy, so a machine without AVX-512 could run code that needs it.
// xsimd's wide batches use narrower ones internally (a sum over an AVX-512 register ends in
// batch<float, avx2>), hence even code that always names its architecture would share symbols.
// Therefore xsimd itself is renamed for each level, and a kernel file must follow two rules:
// everything is inside FOREGRAPH_ISA_NAMESPACE, and no inline functions of other libraries are used
// (no containers, no <algorithm>).

#if !defined(FOREGRAPH_ISA)
#error "compile this file once per level with -DFOREGRAPH_ISA=baseline, avx2 or avx512"
#endif
#if defined(XSIMD_HPP)
#error "include kernels/simd/arch.hpp instead of xsimd, and before anything that includes it"
#endif

#define FOREGRAPH_ISA_JOIN_(a, b) a##b
#define FOREGRAPH_ISA_JOIN(a, b) FOREGRAPH_ISA_JOIN_(a, b)
/// isa_baseline, isa_avx2 or isa_avx512; to be used inside namespace foregraph.
#define FOREGRAPH_ISA_NAMESPACE FOREGRAPH_ISA_JOIN(isa_, FOREGRAPH_ISA)

#if defined(FOREGRAPH_ISA_AVX512) && defined(__GNUC__) && !defined(__clang__)
// g++ 12 warns about the deliberately undefined operands inside its own AVX-512 intrinsics (GCC bug
// 105593), at the places where they are inlined. So ignore this to the end of the file.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <foregraph/detail/kernels/simd/uses_xsimd.hpp>
#if FOREGRAPH_USES_XSIMD
#define xsimd FOREGRAPH_ISA_JOIN(xsimd_, FOREGRAPH_ISA)
#include <foregraph/detail/kernels/simd/xsimd.hpp>
namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace simd = ::xsimd;
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
#else
#include <foregraph/detail/kernels/simd/lanes.hpp>
namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace simd = ::foregraph::lanes;
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
#endif
#if FOREGRAPH_USES_XSIMD && defined(FOREGRAPH_ISA_AVX512)
// xsimd 8.1 has no 512-bit multiply-add, only a product and a sum, which g++ fuses into one
// instruction but clang does not. Overload resolution prefers these functions to its templates.
namespace xsimd {
using WideFloats = batch<float, avx512bw>;
using WideDoubles = batch<double, avx512bw>;
#define FOREGRAPH_WIDE_(name, instruction)                                                    \
  inline WideFloats name(const WideFloats& a, const WideFloats& b, const WideFloats& c) {     \
    return _mm512_##instruction##_ps(a, b, c);                                                \
  }                                                                                           \
  inline WideDoubles name(const WideDoubles& a, const WideDoubles& b, const WideDoubles& c) { \
    return _mm512_##instruction##_pd(a, b, c);                                                \
  }
FOREGRAPH_WIDE_(fma, fmadd)
FOREGRAPH_WIDE_(fms, fmsub)
FOREGRAPH_WIDE_(fnma, fnmadd)
FOREGRAPH_WIDE_(fnms, fnmsub)
#undef FOREGRAPH_WIDE_
}  // namespace xsimd
#endif
#if FOREGRAPH_USES_XSIMD
#undef xsimd
#endif

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {

/// Tag type of this level, for templates that must differ between levels.
struct Level {};

/// The architecture with the widest vectors of this level.
#if !FOREGRAPH_USES_XSIMD
using SimdArch = simd::Plain;
#elif defined(FOREGRAPH_ISA_AVX512)
using SimdArch = simd::avx512bw;
#elif defined(FOREGRAPH_ISA_AVX2)
using SimdArch = simd::fma3<simd::avx2>;
#elif defined(__x86_64__)
using SimdArch = simd::sse2;
#else
using SimdArch = simd::default_arch;
#endif

/// The next narrower architecture for rows shorter than a register; void below the narrowest.
template <class Arch>
struct NarrowerArch {
  using type = void;
};
#if defined(FOREGRAPH_ISA_AVX512)
template <>
struct NarrowerArch<simd::avx512bw> {
  using type = simd::fma3<simd::avx2>;
};
#endif
#if defined(FOREGRAPH_ISA_AVX512) || defined(FOREGRAPH_ISA_AVX2)
template <>
struct NarrowerArch<simd::fma3<simd::avx2>> {
  using type = simd::sse4_2;
};
#endif
template <class Arch>
using Narrower = typename NarrowerArch<Arch>::type;

}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
