#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/normalisation/column_sums.hpp>

/// The kernels of ops/normalisation/moments.hpp.
namespace foregraph {

struct RowOfPairKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t columns = call.output_shape.elements;
    __builtin_memcpy(call.output,
                     static_cast<const T*>(call.inputs[0]) + call.attributes->integers[0] * columns,
                     static_cast<std::size_t>(columns) * sizeof(T));
  }
};

struct PairOfRowKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t columns = call.input_shapes[0].elements;
    const std::int64_t row = call.attributes->integers[0];
    const std::size_t bytes = static_cast<std::size_t>(columns) * sizeof(T);
    auto* out = static_cast<T*>(call.output);
    __builtin_memcpy(out + row * columns, call.inputs[0], bytes);
    __builtin_memset(out + (1 - row) * columns, 0, bytes);
  }
};

struct MomentsKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t columns = call.output_shape.dims[1];
    const std::int64_t rows = call.input_shapes[0].elements / columns;
    const auto n = static_cast<double>(rows);
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* mean = static_cast<T*>(call.output);
    T* variance = mean + columns;
    double a[detail::columns_at_once];
    double b[detail::columns_at_once];
    detail::for_some_columns(columns, [&](std::int64_t c0, std::int64_t count) {
      detail::column_sums<T, V, true>(rows, columns, c0, count, static_cast<const T*>(nullptr), a,
                                      b, [x](std::int64_t i, std::int64_t left, V, V& sum, V&) {
                                        sum = load_part<V>(x + i, left, T(0));
                                      });
      for (std::int64_t c = 0; c < count; ++c) mean[c0 + c] = static_cast<T>(a[c] / n);
      detail::column_sums<T, V, true>(
          rows, columns, c0, count, mean + c0, a, b,
          [x](std::int64_t i, std::int64_t left, V centre, V& rest, V& squares) {
            rest = load_part<V>(x + i, left, T(0)) - centre;
            squares = rest * rest;
          });
      for (std::int64_t c = 0; c < count; ++c) {
        const double v = (b[c] - a[c] * a[c] / n) / n;
        variance[c0 + c] = static_cast<T>(v < 0 ? 0 : v);
      }
    });
  }
};

}  // namespace foregraph
