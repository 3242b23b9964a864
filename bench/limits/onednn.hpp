#pragma once

#include <cstdint>

/// oneDNN if CMake found it; otherwise stubs.
namespace limits::onednn {

#if defined(FOREGRAPH_BENCH_ONEDNN)
inline constexpr bool is_present = true;
#else
inline constexpr bool is_present = false;
#endif

void use_threads(int threads);
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
          float alpha, const float* a, const float* b, float beta, float* c);

}  // namespace limits::onednn
