#pragma once

// Division and square root of floats as IEEE 754 defines them, on every processor. On AArch64 xsimd
// (8 to 14) multiplies by an estimate of the reciprocal: four of ten quotients differ in their last
// bit, sqrt(inf) is NaN and tanh() exceeds 1. Include this wherever xsimd is used and before the
// first division of a batch, since a member can be specialised only before it is instantiated.

#include <xsimd/xsimd.hpp>

#if defined(__aarch64__)
namespace xsimd {
// sqrt() of xsimd is a template, to which overload resolution prefers this function.
#define FOREGRAPH_IEEE_FLOATS_(Arch)                                                            \
  template <>                                                                                   \
  [[gnu::always_inline]] inline batch<float, Arch>& batch<float, Arch>::operator/=(             \
      const batch<float, Arch>& other) noexcept {                                               \
    return *this = batch<float, Arch>(vdivq_f32(*this, other));                                 \
  }                                                                                             \
  [[gnu::always_inline]] inline batch<float, Arch> sqrt(const batch<float, Arch>& x) noexcept { \
    return batch<float, Arch>(vsqrtq_f32(x));                                                   \
  }
FOREGRAPH_IEEE_FLOATS_(neon64)
#if defined(XSIMD_WITH_I8MM_NEON64) && XSIMD_WITH_I8MM_NEON64
FOREGRAPH_IEEE_FLOATS_(i8mm<neon64>)  // of version 11 and later, with -march=armv8.6-a
#endif
#undef FOREGRAPH_IEEE_FLOATS_
}  // namespace xsimd
#endif
