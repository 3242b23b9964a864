#include "passes.hpp"

#include <algorithm>
#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <vector>

#include "chunks.hpp"

namespace limits {

// Defined in chunks.cpp, which is compiled once per level.
namespace baseline {
extern const Chunks chunks;
}
namespace avx2 {
extern const Chunks chunks;
}
namespace avx512 {
extern const Chunks chunks;
}

namespace {
constexpr std::int64_t chunk = 1 << 15;

const Chunks& chunks() {
  switch (foregraph::active_isa()) {
#if defined(FOREGRAPH_HAS_AVX512)
    case foregraph::Isa::avx512:
      return avx512::chunks;
#endif
#if defined(FOREGRAPH_HAS_AVX2)
    case foregraph::Isa::avx2:
      return avx2::chunks;
#endif
    default:
      return baseline::chunks;
  }
}

/// Adds up one sum per chunk.
template <class Body>
float sum_of_chunks(std::int64_t count, const Body& body) {
  std::vector<float> sums(static_cast<std::size_t>((count + chunk - 1) / chunk));
  foregraph::parallel_for(count, chunk, [&](std::int64_t begin, std::int64_t end) {
    sums[static_cast<std::size_t>(begin / chunk)] = body(begin, end - begin);
  });
  float sum = 0;
  for (const float s : sums) sum += s;
  return sum;
}
}  // namespace

void adam(float* p, float* m, float* v, const float* g, std::int64_t count) {
  foregraph::parallel_for(count, chunk, [&](std::int64_t begin, std::int64_t end) {
    chunks().adam(p + begin, m + begin, v + begin, g + begin, end - begin);
  });
}

float elementwise(const float* x, const float* w, const float* b, float* dx, float* dw, float* db,
                  std::int64_t count) {
  const float scale = 1.0F / static_cast<float>(count);
  return scale * sum_of_chunks(count, [&](std::int64_t at, std::int64_t n) {
           return chunks().elementwise(x + at, w + at, b + at, dx + at, dw + at, db + at, n, scale);
         });
}

void batch_norm(const float* x, const float* dy, float* y, float* dx, std::int64_t rows,
                std::int64_t channels) {
  const std::int64_t part = std::max<std::int64_t>(1, chunk / channels);
  std::vector<float> sums(static_cast<std::size_t>(4 * channels * ((rows + part - 1) / part)));
  const auto each = [&](auto pass) {
    foregraph::parallel_for(rows, part, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t at = begin * channels;
      float* own = sums.data() + 4 * channels * (begin / part);
      pass(x + at, dy + at, y + at, dx + at, end - begin, channels, own);
    });
  };
  // Sums are not combined across parts: the time of a pass does not depend on their values.
  each(chunks().moments);
  each(chunks().normalize);
  each(chunks().gradient_sums);
  each(chunks().gradient);
}

float sum(const float* x, std::int64_t count) {
  return sum_of_chunks(count,
                       [&](std::int64_t at, std::int64_t n) { return chunks().sum(x + at, n); });
}

}  // namespace limits
