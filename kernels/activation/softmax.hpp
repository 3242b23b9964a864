#pragma once

#include <cmath>
#include <limits>

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/one_axis.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>

/// The kernel of ops/activation/softmax.hpp.
namespace foregraph {

namespace detail {
/// The maximum of a row and the sum of exp(x - max), which every softmax needs to avoid overflow.
template <class T, class V>
struct RowExponentials {
  T largest;
  T total;

  [[gnu::always_inline]] static RowExponentials of(const T* x, std::int64_t count) {
    constexpr std::int64_t width = V::size;
    constexpr T lowest = -std::numeric_limits<T>::infinity();
    V most = load_part<V>(x, count, lowest);
    for (std::int64_t i = width; i < count; i += width)
      most = max(most, load_part<V>(x + i, count - i, lowest));
    alignas(64) T lanes[V::size];
    most.store_unaligned(lanes);
    T largest = lanes[0];
    for (std::int64_t i = 1; i < width; ++i) largest = lanes[i] > largest ? lanes[i] : largest;
    V total(T(0));
    for (std::int64_t i = 0; i < count; i += width)
      total = total + exp_of_nonpositive(load_part<V>(x + i, count - i, lowest) - V(largest),
                                         exp_underflow<T>);
    return {largest, sum_of_lanes(total)};
  }
};

/// Computes softmax of a row, or its logarithm.
template <class T, class V, bool Logarithm>
[[gnu::always_inline]] inline void softmax_row(const T* x, T* out, std::int64_t count) {
  const auto row = RowExponentials<T, V>::of(x, count);
  const V log_total(Logarithm ? std::log(row.total) : T(0));
  for (std::int64_t i = 0; i < count; i += V::size) {
    const V z = load_part<V>(x + i, count - i, row.largest) - V(row.largest);
    if constexpr (Logarithm)
      store_part(z - log_total, out + i, count - i);
    else
      store_part(exp_of_nonpositive(z, exp_underflow<T>) / V(row.total), out + i, count - i);
  }
}

/// Like softmax_row(), for a vector of adjacent columns of `count` elements, `inner` apart; `width`
/// is the number of columns left in the row. May run in place: each element is last read just
/// before it is written.
template <class T, class V, bool Logarithm>
void softmax_columns(const T* x, T* out, std::int64_t count, std::int64_t inner,
                     std::int64_t width) {
  V largest = load_part<V>(x, width, T(0));
  for (std::int64_t i = 1; i < count; ++i)
    largest = max(largest, load_part<V>(x + i * inner, width, T(0)));
  V total(T(0));
  for (std::int64_t i = 0; i < count; ++i) {
    const V e =
        exp_of_nonpositive(load_part<V>(x + i * inner, width, T(0)) - largest, exp_underflow<T>);
    total = total + e;
    if constexpr (!Logarithm) store_part(e, out + i * inner, width);
  }
  if constexpr (Logarithm) {
    const V log_total = log(total);
    for (std::int64_t i = 0; i < count; ++i)
      store_part(load_part<V>(x + i * inner, width, T(0)) - largest - log_total, out + i * inner,
                 width);
  } else {
    for (std::int64_t i = 0; i < count; ++i)
      store_part(load_part<V>(out + i * inner, width, T(0)) / total, out + i * inner, width);
  }
}

template <class T, class V, bool Logarithm>
void softmax_along_axis(const KernelCall& call) {
  const auto s = one_axis::split(call.output_shape, call.attributes->integers[0]);
  one_axis::for_each_line<T, V>(
      call, s, [&](const T* x, T* out) { softmax_row<T, V, Logarithm>(x, out, s.count); },
      [&](const T* x, T* out, std::int64_t width) {
        softmax_columns<T, V, Logarithm>(x, out, s.count, s.inner, width);
      });
}
}  // namespace detail

struct SoftmaxKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    if (call.attributes->integers[1] != 0)
      causal<T, V>(call);
    else
      detail::softmax_along_axis<T, V, false>(call);
  }

 private:
  template <class T, class V>
  static void causal(const KernelCall& call) {
    const ConcreteShape& shape = call.output_shape;
    const std::int64_t queries = shape.dims[static_cast<std::size_t>(shape.rank - 2)];
    const std::int64_t keys = shape.dims[static_cast<std::size_t>(shape.rank - 1)];
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t rows = shape.elements / keys;
    for_each_row(rows, keys, elements_worth_a_thread, [&](std::int64_t r) {
      std::int64_t seen = r % queries + 1 + keys - queries;
      if (seen < 0) seen = 0;
      if (seen > 0) detail::softmax_row<T, V, false>(x + r * keys, out + r * keys, seen);
      for (std::int64_t j = seen; j < keys; ++j) out[r * keys + j] = 0;
    });
  }
};

}  // namespace foregraph
