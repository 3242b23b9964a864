#pragma once

#include <cstdint>

/// Passes over memory, written by hand, that a workload cannot do without. On the threads that
/// parallel_for() may use here, with the vector instructions that the library's kernels use.
namespace limits {

/// Adam's update of `count` parameters: reads p, m, v and g, writes p, m and v.
void adam(float* p, float* m, float* v, const float* g, std::int64_t count);

/// w9 in one loop: the gradients of mean(gelu(x*w+b)*tanh(x) + x*x), and the mean. `count` is a
/// multiple of 64.
float elementwise(const float* x, const float* w, const float* b, float* dx, float* dw, float* db,
                  std::int64_t count);

/// Batch norm's forward and backward passes over x[rows, channels]: two over x and one to write y,
/// two over x and dy and one to write dx. `channels` is at most 64.
void batch_norm(const float* x, const float* dy, float* y, float* dx, std::int64_t rows,
                std::int64_t channels);

/// Reads `count` floats.
float sum(const float* x, std::int64_t count);

}  // namespace limits
