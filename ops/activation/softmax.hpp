#pragma once

#include <cmath>
#include <limits>

#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/ops/basic/one_axis.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/sum_product.hpp>

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
    return {largest, hadd(total)};
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
  one_axis::for_each_line<V>(s, elements_worth_a_thread,
                             [&](std::int64_t first, std::int64_t width) {
                               const auto* x = static_cast<const T*>(call.inputs[0]) + first;
                               auto* out = static_cast<T*>(call.output) + first;
                               if (s.inner == 1)
                                 softmax_row<T, V, Logarithm>(x, out, s.count);
                               else
                                 softmax_columns<T, V, Logarithm>(x, out, s.count, s.inner, width);
                             });
}

constexpr Inferred infer_softmax(std::span<const Operand> in, const Attributes& attributes) {
  if (in[0].shape.rank < 1) return Inferred::failed(fault::rank_is_wrong);
  if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
  return elementwise::same_floating(in, attributes);
}
constexpr Dim softmax_flops(std::span<const Operand> in, const Operand&, const Attributes&) {
  return multiply(in[0].shape.elements(), Dim{5}).value;
}
}  // namespace detail

/// softmax along an axis: exp(x - max) / sum(exp(x - max)). T[S] -> T[S] for T in f32, f64.
/// Backward keeps the output. In place. Causal, for attention scores T[...,T,S]: query i attends to
/// the keys j <= i + S - T; hidden elements become exactly 0, even if that is the whole row. Hidden
/// scores are not read and may have any value. Attributes: integers[0] is the axis, [1] is 1 if it
/// is causal (then the axis is the last).
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

inline constexpr OpDef softmax_op{
    .name = "softmax",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (attributes.integers[1] != 0 && in[0].shape.rank < 2)
            return Inferred::failed(fault::rank_is_wrong);
          return detail::infer_softmax(in, attributes);
        },
    .vjp =
        [](Vjp& v) {  // if causal, hidden elements have y = 0 and so no gradient
          const Tensor total =
              sum_product(v.cotangent, v.output, {one_axis::of(v.attributes)}, KeepDims::yes, v.at);
          v.set(0, multiply(v.output, subtract(v.cotangent, total, v.at), v.at));
        },
    .flops = detail::softmax_flops,
    .samples =
        [](std::span<const Operand> in, const Attributes& attributes, int operand, int axis) {
          const bool is_position = attributes.integers[1] != 0 && axis + 2 == in[0].shape.rank;
          return is_position ? SampleUse::mixed
                             : samples::of_other_axes(in, attributes, operand, axis);
        },
    .in_place = 1,
    .kernels = &Kernels<SoftmaxKernel>::table,
    .doc = {"f[S] -> f[S]", "5 per element"}};

/// Returns exp(x) / sum(exp(x)) along `axis`, stable for any x. T[S] -> T[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor softmax(Tensor x, int axis = -1, Location at = Location::current()) {
  return graph_of(x, softmax_op, at)
      .append(softmax_op, {x}, one_axis::attributes(axis, x.shape()), at);
}
/// Returns the softmax over the last axis of attention scores f[...,T,S], restricted to the keys
/// each query may attend to.
[[nodiscard]] constexpr Tensor causal_softmax(Tensor scores, Location at = Location::current()) {
  Attributes attributes = one_axis::attributes(-1, scores.shape());
  attributes.integers[1] = 1;
  return graph_of(scores, softmax_op, at).append(softmax_op, {scores}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(softmax_op, SoftmaxKernel)

}  // namespace foregraph
