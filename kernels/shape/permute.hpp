#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernel of ops/shape/permute.hpp.
namespace foregraph {

struct PermuteKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.input_shapes[0];
    std::int64_t from[Shape::max_rank];
    std::int64_t to[Shape::max_rank];
    dense_steps<V>(shape, from);
    dense_steps<V>(call.output_shape, to);
    StridedCopy<T, V> copy;
    for (int i = 0; i < shape.rank; ++i) {
      const auto axis = call.attributes->integers[static_cast<std::size_t>(i)];
      copy.add(shape.dims[static_cast<std::size_t>(axis)], from[axis], to[i]);
    }
    copy.run_on_threads(static_cast<const T*>(call.inputs[0]), static_cast<T*>(call.output));
  }
};

}  // namespace foregraph
