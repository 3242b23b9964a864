#pragma once

#include <foregraph/detail/kernels/losses/softmax_cross_entropy.hpp>

/// The kernels of nn/losses/softmax_cross_entropy_with_probabilities.hpp.
namespace foregraph {

namespace detail {
template <class T, class V>
[[gnu::always_inline]] inline T sum_of_row(const T* t, std::int64_t count) {
  V total(T(0));
  for (std::int64_t i = 0; i < count; i += V::size)
    total = total + load_part<V>(t + i, count - i, T(0));
  return sum_of_lanes(total);
}
}  // namespace detail

struct SoftmaxCrossEntropyOfProbabilitiesKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.input_shapes[0];
    const std::int64_t classes = shape.dims[static_cast<std::size_t>(shape.rank - 1)];
    auto* out = static_cast<T*>(call.output);
    const std::int64_t rows = shape.elements / classes;
    for_each_row(rows, classes, elements_worth_a_thread, [&](std::int64_t r) {
      const std::int64_t first = r * classes;
      const auto* x = static_cast<const T*>(call.inputs[0]) + first;
      const auto* t = static_cast<const T*>(call.inputs[1]) + first;
      const auto row = detail::RowExponentials<T, V>::of(x, classes);
      const V level(std::log(row.total));
      V total(T(0));
      for (std::int64_t i = 0; i < classes; i += V::size) {
        const V below = V(row.largest) - load_part<V>(x + i, classes - i, row.largest);
        const V lost = level + below;
        const V wanted = load_part<V>(t + i, classes - i, T(0));
        const V none = select(lost == lost, V(T(0)), lost);  // 0 * inf counts as 0; NaN stays NaN
        total = total + select(wanted == V(T(0)), none, wanted * lost);
      }
      out[r] = sum_of_lanes(total);
    });
  }
};

struct SoftmaxCrossEntropyOfProbabilitiesGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.input_shapes[0];
    const std::int64_t classes = shape.dims[static_cast<std::size_t>(shape.rank - 1)];
    const auto* cotangent = static_cast<const T*>(call.inputs[2]);
    const std::int64_t rows = shape.elements / classes;
    for_each_row(rows, classes, elements_worth_a_thread, [&](std::int64_t r) {
      const std::int64_t first = r * classes;
      const auto* x = static_cast<const T*>(call.inputs[0]) + first;
      const auto* t = static_cast<const T*>(call.inputs[1]) + first;
      auto* out = static_cast<T*>(call.output) + first;
      const T ct = cotangent[r];
      if (ct == T(0)) return detail::no_gradient(out, classes);
      const auto row = detail::RowExponentials<T, V>::of(x, classes);
      const V scale(ct * detail::sum_of_row<T, V>(t, classes) / row.total);
      for (std::int64_t i = 0; i < classes; i += V::size) {
        const V z = load_part<V>(x + i, classes - i, row.largest);
        const V wanted = load_part<V>(t + i, classes - i, T(0)) * V(ct);
        store_part(exp_of_nonpositive(z - V(row.largest), exp_underflow<T>) * scale - wanted,
                   out + i, classes - i);
      }
    });
  }
};

}  // namespace foregraph
