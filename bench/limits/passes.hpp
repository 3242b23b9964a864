#pragma once

#include <cstdint>

/// Hand-written passes over memory that a workload cannot avoid. They use the threads of
/// parallel_for() and the same vector instructions as the library's kernels.
namespace limits {

/// Updates `count` parameters by Adam: reads p, m, v and g, writes p, m and v.
void adam(float* p, float* m, float* v, const float* g, std::int64_t count);

/// Computes w9 in one loop: the gradients of mean(gelu(x*w+b)*tanh(x) + x*x), and the mean. `count`
/// is a multiple of 64.
float elementwise(const float* x, const float* w, const float* b, float* dx, float* dw, float* db,
                  std::int64_t count);

/// Runs batch norm's forward and backward passes over x[rows, channels]: two over x and one to
/// write y, then two over x and dy and one to write dx. `channels` is at most 64.
void batch_norm(const float* x, const float* dy, float* y, float* dx, std::int64_t rows,
                std::int64_t channels);

/// Reads `count` floats and returns their sum.
float sum(const float* x, std::int64_t count);

}  // namespace limits
