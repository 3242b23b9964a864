#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernel of ops/shape/pad.hpp.
namespace foregraph {

struct PadKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.input_shapes[0];
    auto* out = static_cast<T*>(call.output);
    std::int64_t from[Shape::max_rank];
    std::int64_t to[Shape::max_rank];
    dense_steps<V>(shape, from);
    dense_steps<V>(call.output_shape, to);
    StridedCopy<T, V> copy;
    std::int64_t begin = 0;
    for (int i = 0; i < shape.rank; ++i) {
      copy.add(shape.dims[static_cast<std::size_t>(i)], from[i], to[i]);
      begin += call.attributes->integers[static_cast<std::size_t>(i)] * to[i];
    }
    fill_on_threads<T, V>(out, call.output_shape.elements, static_cast<T>(call.attributes->number));
    copy.run_on_threads(static_cast<const T*>(call.inputs[0]), out + begin);
  }
};

}  // namespace foregraph
