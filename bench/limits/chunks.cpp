#include "chunks.hpp"

#include <bit>
#include <cmath>

// Compiled once per level, like ops/tables/op_kernels.cpp: plain loops that the compiler
// vectorises.
namespace limits::FOREGRAPH_ISA {
namespace {

constexpr int lanes = 64;

void adam(float* __restrict p, float* __restrict m, float* __restrict v, const float* __restrict g,
          std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    m[i] = 0.9F * m[i] + 0.1F * g[i];
    v[i] = 0.999F * v[i] + 0.001F * g[i] * g[i];
    p[i] -= 1e-3F * m[i] / (__builtin_sqrtf(v[i]) + 1e-8F);
  }
}

/// Returns e^x for |x| < 80: 2^n from its bits, times a polynomial on [-ln 2 / 2, ln 2 / 2]
/// (Taylor, order 6).
inline float exponential(float x) {
  x = x < -80.0F ? -80.0F : x > 80.0F ? 80.0F : x;
  const float shifted = x * 1.44269504F + 12582912.0F;  // rounds to the nearest integer
  const float n = shifted - 12582912.0F;
  const float r = x - n * 0.69314718F;
  const float e =
      1 + r * (1 + r * (0.5F + r * (1.0F / 6 + r * (1.0F / 24 + r * (1.0F / 120 + r / 720)))));
  return e * std::bit_cast<float>((std::bit_cast<std::int32_t>(shifted) + 127) << 23);
}

/// Uses erf by Abramowitz and Stegun 7.1.26 (error 1.5e-7), whose exponential is also the one of
/// the density needed for gelu's gradient.
float elementwise(const float* __restrict x, const float* __restrict w, const float* __restrict b,
                  float* __restrict dx, float* __restrict dw, float* __restrict db, std::int64_t n,
                  float scale) {
  float sums[lanes] = {};
  for (std::int64_t start = 0; start + lanes <= n; start += lanes)
    for (int lane = 0; lane < lanes; ++lane) {
      const std::int64_t i = start + lane;
      const float z = x[i] * w[i] + b[i];
      const float a = __builtin_fabsf(z) * 0.70710678F;
      const float bell = exponential(-a * a);
      const float t = 1 / (1 + 0.3275911F * a);
      const float tail =
          t *
          (0.254829592F +
           t * (-0.284496736F + t * (1.421413741F + t * (-1.453152027F + t * 1.061405429F)))) *
          bell * 0.5F;
      const float cdf = z < 0 ? tail : 1 - tail;
      const float th = 1 - 2 / (1 + exponential(2 * x[i]));
      const float gelu = z * cdf;
      const float dz = (cdf + z * bell * 0.39894228F) * th * scale;
      sums[lane] += gelu * th + x[i] * x[i];
      db[i] = dz;
      dw[i] = dz * x[i];
      dx[i] = dz * w[i] + (gelu * (1 - th * th) + 2 * x[i]) * scale;
    }
  float sum = 0;
  for (const float s : sums) sum += s;
  return sum;
}

/// Calls pass(row, channel) with the number of channels known at compile time.
template <class Pass>
inline void each(std::int64_t rows, std::int64_t channels, const Pass& pass) {
  const auto loop = [&](auto known) {
    for (std::int64_t r = 0; r < rows; ++r)
      for (int c = 0; c < known(); ++c) pass(r * known() + c, c);
  };
  if (channels == 16) loop([] { return 16; });
  if (channels == 32) loop([] { return 32; });
  if (channels == 64) loop([] { return 64; });
}
void moments(const float* __restrict x, const float*, float*, float*, std::int64_t rows,
             std::int64_t channels, float* __restrict sums) {
  float s[64] = {};
  float q[64] = {};
  each(rows, channels, [&](std::int64_t i, int c) {
    s[c] += x[i];
    q[c] += x[i] * x[i];
  });
  for (std::int64_t c = 0; c < channels; ++c) {
    const float mean = s[c] / static_cast<float>(rows);
    sums[c] = mean;
    sums[channels + c] = 1 / __builtin_sqrtf(q[c] / static_cast<float>(rows) - mean * mean + 1e-5F);
  }
}
void normalize(const float* __restrict x, const float*, float* __restrict y, float*,
               std::int64_t rows, std::int64_t channels, float* __restrict sums) {
  const float* scale = sums + channels;
  each(rows, channels, [&](std::int64_t i, int c) { y[i] = (x[i] - sums[c]) * scale[c]; });
}
void gradient_sums(const float* __restrict x, const float* __restrict dy, float*, float*,
                   std::int64_t rows, std::int64_t channels, float* __restrict sums) {
  float s[64] = {};
  float q[64] = {};
  each(rows, channels, [&](std::int64_t i, int c) {
    s[c] += dy[i];
    q[c] += dy[i] * x[i];
  });
  for (std::int64_t c = 0; c < channels; ++c) {
    sums[2 * channels + c] = s[c] / static_cast<float>(rows);
    sums[3 * channels + c] = q[c] / static_cast<float>(rows);
  }
}
void gradient(const float* __restrict x, const float* __restrict dy, float*, float* __restrict dx,
              std::int64_t rows, std::int64_t channels, float* __restrict sums) {
  const float* mean = sums;
  const float* scale = sums + channels;
  const float* s = sums + 2 * channels;
  const float* q = sums + 3 * channels;
  each(rows, channels,
       [&](std::int64_t i, int c) { dx[i] = scale[c] * (dy[i] - s[c] - (x[i] - mean[c]) * q[c]); });
}

float sum(const float* __restrict x, std::int64_t n) {
  float sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) sums[lane] += x[i + lane];
  float total = 0;
  for (const float s : sums) total += s;
  for (; i < n; ++i) total += x[i];
  return total;
}
}  // namespace

extern const Chunks chunks;
const Chunks chunks{adam, elementwise, moments, normalize, gradient_sums, gradient, sum};

}  // namespace limits::FOREGRAPH_ISA
