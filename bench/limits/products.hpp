#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

/// The matrix products of a training step alone.
namespace limits {

/// op(A)[m, k] . op(B)[k, n], `count` times.
struct Product {
  bool transpose_a = false;
  bool transpose_b = false;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t count = 1;
};
using Products = std::vector<Product>;

/// x[rows, inputs] . w[inputs, units] forward, and for the gradients of w and, unless it is the
/// first layer, of x.
Products dense(std::int64_t rows, std::int64_t inputs, std::int64_t units, bool is_first = false);
Products operator+(Products all, const Products& more);
Products times(std::int64_t count, Products all);

/// Runs them by each library there is: the project's choice, OpenBLAS, and oneDNN where it was
/// found. Operands of one shape are used for all, so most are in the cache. `threads` is for
/// oneDNN, which has threads of its own.
std::vector<std::function<void()>> by_each_library(const Products& products, int threads);

/// A convolution without dilation of square kernels and images, channels last.
struct Convolution {
  std::int64_t size = 0;
  std::int64_t channels = 0;
  std::int64_t filters = 0;
  std::int64_t kernel = 0;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  bool is_first = false;  ///< no gradient of its input
  std::int64_t count = 1;
};

/// oneDNN's forward, backward-data and backward-weights primitives, images and gradients in NHWC.
/// Empty where oneDNN was not found.
std::vector<std::function<void()>> convolutions(const std::vector<Convolution>& all,
                                                std::int64_t batch, int threads);

}  // namespace limits
