#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

/// The matrix products of a training step, without the rest.
namespace limits {

/// op(A)[m, k] . op(B)[k, n], computed `count` times.
struct Product {
  bool transpose_a = false;
  bool transpose_b = false;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t count = 1;
};
using Products = std::vector<Product>;

/// Returns x[rows, inputs] . w[inputs, units] and the products for the gradients of w and, unless
/// this is the first layer, of x.
Products dense(std::int64_t rows, std::int64_t inputs, std::int64_t units, bool is_first = false);
Products operator+(Products all, const Products& more);
Products times(std::int64_t count, Products all);

/// Returns one function per available library that runs the products: the project's choice,
/// OpenBLAS, and oneDNN if it was found. All products share the same operands, so most are in the
/// cache. `threads` is for oneDNN, which has its own threads.
std::vector<std::function<void()>> by_each_library(const Products& products, int threads);

/// A convolution with square kernels and images, channels last, without dilation.
struct Convolution {
  std::int64_t size = 0;
  std::int64_t channels = 0;
  std::int64_t filters = 0;
  std::int64_t kernel = 0;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  bool is_first = false;  ///< no gradient with respect to its input
  std::int64_t count = 1;
};

/// Returns functions that run oneDNN's forward, backward-data and backward-weights primitives, with
/// images and gradients in NHWC. Empty if oneDNN was not found.
std::vector<std::function<void()>> convolutions(const std::vector<Convolution>& all,
                                                std::int64_t batch, int threads);

}  // namespace limits
