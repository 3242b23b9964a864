#pragma once

/// FOREGRAPH_USES_XSIMD is 1 where kernels compute with xsimd's vectors: on the processors where
/// these have been tested, with floats and doubles. Elsewhere, and with FOREGRAPH_NO_SIMD, kernels
/// compute with the arrays of kernels/simd/lanes.hpp.
#if !defined(FOREGRAPH_NO_SIMD) && (defined(__x86_64__) || defined(__aarch64__))
#define FOREGRAPH_USES_XSIMD 1
#else
#define FOREGRAPH_USES_XSIMD 0
#endif
