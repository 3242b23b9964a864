#pragma once

// xsimd from version 8 to 14, which changed names and types between them. Includes xsimd, which may
// be renamed by a macro (see arch.hpp), and adds functions beside xsimd's, found through the type
// of their argument, that are there with every version. Only ieee.hpp includes xsimd as well.

#include <xsimd/xsimd.hpp>

#if !defined(XSIMD_NO_SUPPORTED_ARCHITECTURE)
namespace xsimd {

/// Returns the sum over the lanes. From version 9 on xsimd's own name is reduce_add, before hadd.
template <class T, class Arch>
[[gnu::always_inline]] inline T sum_of_lanes(const batch<T, Arch>& x) {
  if constexpr (requires { reduce_add(x); })
    return reduce_add(x);
  else
    return hadd(x);
}

/// Returns the same bits as a batch To. From version 9 on bitwise_cast takes the type of an
/// element, before that of a batch.
template <class To, class T, class Arch>
[[gnu::always_inline]] inline To bits_as(const batch<T, Arch>& x) {
#if XSIMD_VERSION_MAJOR >= 9
  return bitwise_cast<typename To::value_type>(x);
#else
  return bitwise_cast<To>(x);
#endif
}

}  // namespace xsimd

#include <foregraph/detail/kernels/simd/ieee.hpp>
#endif
