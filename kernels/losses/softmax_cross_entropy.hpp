#pragma once

#include <cmath>

#include <foregraph/detail/kernels/activation/softmax.hpp>

/// The kernels of nn/losses/softmax_cross_entropy.hpp.
namespace foregraph {

namespace detail {
template <class T>
[[gnu::always_inline]] inline std::int64_t checked_label(const KernelCall& call, std::int64_t row,
                                                         std::int64_t classes, bool wide) {
  const std::int64_t label = wide ? static_cast<const std::int64_t*>(call.inputs[1])[row]
                                  : static_cast<const std::int32_t*>(call.inputs[1])[row];
  if (label < 0 || label >= classes) throw_label_out_of_range(call, row, label, classes);
  return label;
}

/// Writes the gradient of a row whose cotangent is 0: zeros, for any logits.
template <class T>
[[gnu::always_inline]] inline void no_gradient(T* out, std::int64_t count) {
  __builtin_memset(out, 0, static_cast<std::size_t>(count) * sizeof(T));
}

/// Returns the loss of a row of logits.
template <class T, class V>
[[gnu::always_inline]] inline T cross_entropy_of_row(const RowExponentials<T, V>& row, const T* x,
                                                     std::int64_t classes, std::int64_t label,
                                                     T smoothing) {
  T loss = std::log(row.total) + (T(1) - smoothing) * (row.largest - x[label]);
  if (smoothing == T(0)) return loss;
  V below(T(0));
  for (std::int64_t i = 0; i < classes; i += V::size)
    below = below + (V(row.largest) - load_part<V>(x + i, classes - i, row.largest));
  loss += smoothing / static_cast<T>(classes) * sum_of_lanes(below);
  return loss;
}

/// Writes the gradient with respect to a row of logits, which may be `out` itself.
template <class T, class V>
[[gnu::always_inline]] inline void cross_entropy_gradient_of_row(const RowExponentials<T, V>& row,
                                                                 const T* x, T* out,
                                                                 std::int64_t classes,
                                                                 std::int64_t label, T cotangent,
                                                                 T smoothing) {
  const V scale(cotangent / row.total);
  const V uniform(cotangent * smoothing / static_cast<T>(classes));
  for (std::int64_t i = 0; i < classes; i += V::size) {
    const V z = load_part<V>(x + i, classes - i, row.largest);
    store_part(exp_of_nonpositive(z - V(row.largest), exp_underflow<T>) * scale - uniform, out + i,
               classes - i);
  }
  out[label] -= cotangent * (T(1) - smoothing);
}
}  // namespace detail

struct SoftmaxCrossEntropyKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t rows = call.input_shapes[1].elements;
    const std::int64_t classes = call.input_shapes[0].elements / rows;
    const bool wide = call.attributes->integers[0] != 0;
    const T smoothing = static_cast<T>(call.attributes->number);
    auto* out = static_cast<T*>(call.output);
    for_each_row(rows, classes, elements_worth_a_thread, [&](std::int64_t r) {
      const auto* x = static_cast<const T*>(call.inputs[0]) + r * classes;
      const std::int64_t label = detail::checked_label<T>(call, r, classes, wide);
      const auto row = detail::RowExponentials<T, V>::of(x, classes);
      out[r] = detail::cross_entropy_of_row(row, x, classes, label, smoothing);
    });
  }
};

struct SoftmaxCrossEntropyGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t rows = call.input_shapes[1].elements;
    const std::int64_t classes = call.input_shapes[0].elements / rows;
    const bool wide = call.attributes->integers[0] != 0;
    const T smoothing = static_cast<T>(call.attributes->number);
    const auto* cotangent = static_cast<const T*>(call.inputs[2]);
    for_each_row(rows, classes, elements_worth_a_thread, [&](std::int64_t r) {
      const auto* x = static_cast<const T*>(call.inputs[0]) + r * classes;
      auto* out = static_cast<T*>(call.output) + r * classes;
      const std::int64_t label = detail::checked_label<T>(call, r, classes, wide);
      if (cotangent[r] == T(0)) return detail::no_gradient(out, classes);
      const auto row = detail::RowExponentials<T, V>::of(x, classes);
      detail::cross_entropy_gradient_of_row(row, x, out, classes, label, cotangent[r], smoothing);
    });
  }
};

}  // namespace foregraph
