#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernels of ops/shape/slice.hpp.
namespace foregraph {

struct SliceKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto& a = call.attributes->integers;
    std::int64_t from[Shape::max_rank];
    std::int64_t to[Shape::max_rank];
    dense_steps<V>(call.input_shapes[0], from);
    dense_steps<V>(call.output_shape, to);
    StridedCopy<T, V> copy;
    for (int i = 0; i < call.output_shape.rank; ++i)
      copy.add(call.output_shape.dims[static_cast<std::size_t>(i)],
               i == a[0] ? from[i] * a[5] : from[i], to[i]);
    const std::int64_t begin = (a[1] + a[2] * call.batch) * from[a[0]];
    copy.run_on_threads(static_cast<const T*>(call.inputs[0]) + begin,
                        static_cast<T*>(call.output));
  }
};

struct UnsliceKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto& a = call.attributes->integers;
    auto* out = static_cast<T*>(call.output);
    std::int64_t from[Shape::max_rank];
    std::int64_t to[Shape::max_rank];
    dense_steps<V>(call.input_shapes[0], from);
    dense_steps<V>(call.output_shape, to);
    StridedCopy<T, V> copy;
    for (int i = 0; i < call.output_shape.rank; ++i)
      copy.add(call.input_shapes[0].dims[static_cast<std::size_t>(i)], from[i],
               i == a[0] ? to[i] * a[5] : to[i]);
    fill_on_threads<T, V>(out, call.output_shape.elements, T(0));
    copy.run_on_threads(static_cast<const T*>(call.inputs[0]),
                        out + (a[1] + a[2] * call.batch) * to[a[0]]);
  }
};

}  // namespace foregraph
