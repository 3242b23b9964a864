#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernel of ops/shape/flip.hpp.
namespace foregraph {

struct FlipKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.output_shape;
    const std::int64_t axis = call.attributes->integers[0];
    std::int64_t steps[Shape::max_rank];
    dense_steps<V>(shape, steps);
    StridedCopy<T, V> copy;
    for (int i = 0; i < shape.rank; ++i)
      copy.add(shape.dims[static_cast<std::size_t>(i)], i == axis ? -steps[i] : steps[i], steps[i]);
    const std::int64_t last = (shape.dims[static_cast<std::size_t>(axis)] - 1) * steps[axis];
    copy.run_on_threads(static_cast<const T*>(call.inputs[0]) + last, static_cast<T*>(call.output));
  }
};

}  // namespace foregraph
