#pragma once

#include <cstdint>

namespace limits {

/// The passes of passes.hpp on one chunk, compiled once per level of vector instructions.
struct Chunks {
  using Norm = void (*)(const float* x, const float* dy, float* y, float* dx, std::int64_t rows,
                        std::int64_t channels, float* sums);
  void (*adam)(float* p, float* m, float* v, const float* g, std::int64_t n);
  float (*elementwise)(const float* x, const float* w, const float* b, float* dx, float* dw,
                       float* db, std::int64_t n, float scale);
  Norm moments;
  Norm normalize;
  Norm gradient_sums;
  Norm gradient;
  float (*sum)(const float* x, std::int64_t n);
};

}  // namespace limits
