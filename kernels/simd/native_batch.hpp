#pragma once

#include <foregraph/detail/kernels/simd/uses_xsimd.hpp>
#if FOREGRAPH_USES_XSIMD
#include <foregraph/detail/kernels/simd/xsimd.hpp>
#else
#include <foregraph/detail/kernels/simd/lanes.hpp>
#endif

namespace foregraph::kernels {

/// A vector of T for files that the build compiles once: specialised loops and users' ops. As wide
/// as the vector instructions that the file is compiled for.
#if FOREGRAPH_USES_XSIMD
template <class T>
using NativeBatch = xsimd::batch<T>;
#else
template <class T>
using NativeBatch = lanes::batch<T>;
#endif

}  // namespace foregraph::kernels
