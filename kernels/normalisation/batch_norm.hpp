#pragma once

#include <cmath>

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/normalisation/column_sums.hpp>

/// The kernels of ops/normalisation/batch_norm.hpp.
namespace foregraph {

struct BatchNormKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto* mean = static_cast<const T*>(call.inputs[3]);
    normalise<T, V>(call, mean, mean + call.input_shapes[1].elements);
  }

  template <class T, class V>
  static void normalise(const KernelCall& call, const T* mean, const T* variance) {
    const std::int64_t columns = call.input_shapes[1].elements;
    const std::int64_t rows = call.input_shapes[0].elements / columns;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* gamma = static_cast<const T*>(call.inputs[1]);
    const auto* beta = static_cast<const T*>(call.inputs[2]);
    auto* out = static_cast<T*>(call.output);
    const T epsilon = static_cast<T>(call.attributes->number);
    alignas(64) T scales[detail::columns_at_once];
    T* const scale = scales;
    detail::for_some_columns(columns, [&](std::int64_t c0, std::int64_t count) {
      for (std::int64_t c = 0; c < count; ++c)
        scale[c] = gamma[c0 + c] / std::sqrt(variance[c0 + c] + epsilon);
      if (count <= static_cast<std::int64_t>(V::size)) {  // one register for each
        const V centre = load_part<V>(mean + c0, count, T(0));
        const V slope = load_part<V>(scale, count, T(0));
        const V shift = load_part<V>(beta + c0, count, T(0));
        for_each_row(rows, count, elements_read_worth_a_thread, [=](std::int64_t r) {
          const std::int64_t i = r * columns + c0;
          store_part((load_part<V>(x + i, count, T(0)) - centre) * slope + shift, out + i, count);
        });
        return;
      }
      for_each_row(rows, count, elements_read_worth_a_thread, [=](std::int64_t r) {
        for (std::int64_t c = 0; c < count; c += V::size) {
          const std::int64_t i = r * columns + c0 + c;
          const std::int64_t left = count - c;
          const V rest = load_part<V>(x + i, left, T(0)) - load_part<V>(mean + c0 + c, left, T(0));
          store_part(
              rest * load_part<V>(scale + c, left, T(0)) + load_part<V>(beta + c0 + c, left, T(0)),
              out + i, left);
        }
      });
    });
  }
};

struct FixedBatchNormKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    BatchNormKernel::normalise<T, V>(call, static_cast<const T*>(call.inputs[3]),
                                     static_cast<const T*>(call.inputs[4]));
  }
};

struct BatchNormScaleKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t columns = call.input_shapes[0].elements;
    const auto* gamma = static_cast<const T*>(call.inputs[0]);
    const auto* variance = static_cast<const T*>(call.inputs[1]) + columns;
    auto* out = static_cast<T*>(call.output);
    const T epsilon = static_cast<T>(call.attributes->number);
    for (std::int64_t c = 0; c < columns; ++c) out[c] = gamma[c] / std::sqrt(variance[c] + epsilon);
  }
};

struct BatchNormSumsKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t columns = call.output_shape.dims[1];
    const std::int64_t rows = call.input_shapes[0].elements / columns;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* mean = static_cast<const T*>(call.inputs[1]);
    const auto* dy = static_cast<const T*>(call.inputs[2]);
    auto* out = static_cast<T*>(call.output);
    double a[detail::columns_at_once];
    double b[detail::columns_at_once];
    detail::for_some_columns(columns, [&](std::int64_t c0, std::int64_t count) {
      detail::column_sums<T, V, false>(
          rows, columns, c0, count, mean + c0, a, b,
          [x, dy](std::int64_t i, std::int64_t left, V centre, V& plain, V& product) {
            plain = load_part<V>(dy + i, left, T(0));
            product = plain * (load_part<V>(x + i, left, T(0)) - centre);
          });
      for (std::int64_t c = 0; c < count; ++c) {
        const double variance = static_cast<double>(mean[columns + c0 + c]);
        out[c0 + c] = static_cast<T>(a[c]);
        out[columns + c0 + c] =
            static_cast<T>(b[c] / std::sqrt(variance + call.attributes->number));
      }
    });
  }
};

struct BatchNormGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t columns = call.input_shapes[1].elements;
    const std::int64_t rows = call.input_shapes[0].elements / columns;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* gamma = static_cast<const T*>(call.inputs[1]);
    const auto* mean = static_cast<const T*>(call.inputs[2]);
    const auto* sums = static_cast<const T*>(call.inputs[3]);
    const auto* dy = static_cast<const T*>(call.inputs[4]);
    auto* out = static_cast<T*>(call.output);
    const T epsilon = static_cast<T>(call.attributes->number);
    const T n = static_cast<T>(rows);
    alignas(64) T factors[3][detail::columns_at_once];
    T* const scale = factors[0];
    T* const shift = factors[1];
    T* const slope = factors[2];
    detail::for_some_columns(columns, [&](std::int64_t c0, std::int64_t count) {
      for (std::int64_t c = 0; c < count; ++c) {
        const T inverse = T(1) / std::sqrt(mean[columns + c0 + c] + epsilon);
        scale[c] = gamma[c0 + c] * inverse;
        shift[c] = sums[c0 + c] / n;
        slope[c] = inverse * (sums[columns + c0 + c] / n);
      }
      for_each_row(rows, count, elements_read_worth_a_thread, [=](std::int64_t r) {
        for (std::int64_t c = 0; c < count; c += V::size) {
          const std::int64_t i = r * columns + c0 + c;
          const std::int64_t left = count - c;
          const V rest = load_part<V>(x + i, left, T(0)) - load_part<V>(mean + c0 + c, left, T(0));
          const V centred = load_part<V>(dy + i, left, T(0)) - load_part<V>(shift + c, left, T(0));
          store_part((centred - rest * load_part<V>(slope + c, left, T(0))) *
                         load_part<V>(scale + c, left, T(0)),
                     out + i, left);
        }
      });
    });
  }
};

}  // namespace foregraph
