#pragma once

#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernel of ops/linear/transpose.hpp.
namespace foregraph {

struct TransposeKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.input_shapes[0];
    const std::int64_t rows = shape.dims[static_cast<std::size_t>(shape.rank - 2)];
    const std::int64_t columns = shape.dims[static_cast<std::size_t>(shape.rank - 1)];
    StridedCopy<T, V> copy;
    copy.add(shape.elements / (rows * columns), rows * columns, rows * columns);
    copy.add(columns, 1, rows);
    copy.add(rows, columns, 1);
    copy.run_on_threads(static_cast<const T*>(call.inputs[0]), static_cast<T*>(call.output));
  }
};

}  // namespace foregraph
