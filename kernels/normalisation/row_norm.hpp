#pragma once

#include <cmath>

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/normalisation/gamma_parts.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernels that layer_norm and rms_norm share; see ops/normalisation/row_norm.hpp.
namespace foregraph::row_norm {

/// xhat = (x - mean) * inverse for one row; mean is 0 if rows are not centred.
template <bool Centred, class T, class V>
struct Row {
  T mean;
  T inverse;

  static Row of(const T* x, std::int64_t count, double epsilon) {
    const T n = static_cast<T>(count);
    T mean = 0;
    if constexpr (Centred) {
      V total(T(0));
      for (std::int64_t i = 0; i < count; i += V::size)
        total = total + load_part<V>(x + i, count - i, T(0));
      mean = sum_of_lanes(total) / n;
    }
    V rests(T(0));
    V squares(T(0));
    for (std::int64_t i = 0; i < count; i += V::size) {
      const V rest = load_part<V>(x + i, count - i, mean) - V(mean);
      rests = rests + rest;
      squares = squares + rest * rest;
    }
    T variance = sum_of_lanes(squares) / n;
    if constexpr (Centred) {  // correct the rounding error of the mean
      const T left = sum_of_lanes(rests) / n;
      variance -= left * left;
      mean += left;
    }
    return {mean, T(1) / std::sqrt((variance < 0 ? 0 : variance) + static_cast<T>(epsilon))};
  }
  V normalised(V x) const { return (x - V(mean)) * V(inverse); }
};

/// out = xhat * gamma (+ beta).
template <bool Centred>
struct Forward {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t count = call.input_shapes[1].elements;
    const auto* gamma = static_cast<const T*>(call.inputs[1]);
    const std::int64_t rows = call.output_shape.elements / count;
    for_each_row(rows, count, elements_worth_a_thread, [&](std::int64_t r) {
      const std::int64_t first = r * count;
      const auto* x = static_cast<const T*>(call.inputs[0]) + first;
      auto* out = static_cast<T*>(call.output) + first;
      const auto row = Row<Centred, T, V>::of(x, count, call.attributes->number);
      for (std::int64_t i = 0; i < count; i += V::size) {
        const std::int64_t left = count - i;
        V y = row.normalised(load_part<V>(x + i, left, T(0))) * load_part<V>(gamma + i, left, T(0));
        if constexpr (Centred)
          y = y + load_part<V>(static_cast<const T*>(call.inputs[2]) + i, left, T(0));
        store_part(y, out + i, left);
      }
    });
  }
};

/// out = inverse * (g - mean(g) - xhat * mean(g * xhat)) with g = dy * gamma; the operands are x,
/// gamma and dy; without mean(g) if rows are not centred.
template <bool Centred>
struct Gradient {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t count = call.input_shapes[1].elements;
    const auto* gamma = static_cast<const T*>(call.inputs[1]);
    const T n = static_cast<T>(count);
    const std::int64_t rows = call.output_shape.elements / count;
    for_each_row(rows, count, elements_worth_a_thread, [&](std::int64_t r) {
      const std::int64_t first = r * count;
      const auto* x = static_cast<const T*>(call.inputs[0]) + first;
      const auto* dy = static_cast<const T*>(call.inputs[2]) + first;
      auto* out = static_cast<T*>(call.output) + first;
      const auto row = Row<Centred, T, V>::of(x, count, call.attributes->number);
      V plain(T(0));
      V weighted(T(0));
      for (std::int64_t i = 0; i < count; i += V::size) {
        const std::int64_t left = count - i;
        const V g = load_part<V>(dy + i, left, T(0)) * load_part<V>(gamma + i, left, T(0));
        plain = plain + g;
        weighted = weighted + g * row.normalised(load_part<V>(x + i, left, T(0)));
      }
      const V shift(Centred ? sum_of_lanes(plain) / n : T(0));
      const V slope(sum_of_lanes(weighted) / n);
      for (std::int64_t i = 0; i < count; i += V::size) {
        const std::int64_t left = count - i;
        const V g = load_part<V>(dy + i, left, T(0)) * load_part<V>(gamma + i, left, T(0));
        const V xhat = row.normalised(load_part<V>(x + i, left, T(0)));
        store_part((g - shift - xhat * slope) * V(row.inverse), out + i, left);
      }
    });
  }
};

/// out[k] = sum over rows of dy * xhat; the operands are x and dy. Short runs of rows are summed in
/// T, the runs in double; parts of the rows run on threads. The sums are in the workspace.
template <bool Centred>
struct GammaGradient {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t count = call.output_shape.elements;
    const std::int64_t rows = call.input_shapes[0].elements / count;
    const std::int64_t parts = parts_of_gamma(count);
    const std::int64_t least = (rows - 1) / parts + 1;
    const std::int64_t worth = elements_worth_a_thread / count;
    const std::int64_t part =
        ((worth > least ? worth : least) + run_length - 1) / run_length * run_length;
    auto* const totals = static_cast<double*>(call.workspace);
    auto* const of_runs = reinterpret_cast<T*>(totals + parts * count);
    parallel_for(rows, part, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t first = begin / part * count;
      add_rows<T, V>(call, count, begin, end, totals + first, of_runs + first);
    });
    for (std::int64_t p = 1; p * part < rows; ++p)
      for (std::int64_t i = 0; i < count; ++i) totals[i] += totals[p * count + i];
    auto* out = static_cast<T*>(call.output);
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(totals[i]);
  }

 private:
  static constexpr std::int64_t run_length = 32;

  template <class T, class V>
  static void add_rows(const KernelCall& call, std::int64_t count, std::int64_t begin,
                       std::int64_t end, double* total, T* of_run) {
    for (std::int64_t i = 0; i < count; ++i) total[i] = 0;
    for (std::int64_t r0 = begin; r0 < end; r0 += run_length) {
      for (std::int64_t i = 0; i < count; ++i) of_run[i] = 0;
      for (std::int64_t r = r0; r < end && r < r0 + run_length; ++r) {
        const auto* x = static_cast<const T*>(call.inputs[0]) + r * count;
        const auto* dy = static_cast<const T*>(call.inputs[1]) + r * count;
        const auto row = Row<Centred, T, V>::of(x, count, call.attributes->number);
        for (std::int64_t i = 0; i < count; i += V::size) {
          const std::int64_t left = count - i;
          const V xhat = row.normalised(load_part<V>(x + i, left, T(0)));
          store_part(load_part<V>(of_run + i, left, T(0)) + xhat * load_part<V>(dy + i, left, T(0)),
                     of_run + i, left);
        }
      }
      for (std::int64_t i = 0; i < count; ++i) total[i] += static_cast<double>(of_run[i]);
    }
  }
};

}  // namespace foregraph::row_norm
