#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernel of ops/shape/triangle.hpp.
namespace foregraph {

struct TriangleKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.output_shape;
    const bool upper = call.attributes->integers[0] != 0;
    const std::int64_t diagonal = call.attributes->integers[1];
    const std::int64_t rows = shape.dims[static_cast<std::size_t>(shape.rank - 2)];
    const std::int64_t columns = shape.dims[static_cast<std::size_t>(shape.rank - 1)];
    const std::int64_t count = shape.elements / columns;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    for_each_row(count, columns, elements_read_worth_a_thread, [=](std::int64_t i) {
      std::int64_t edge = i % rows + diagonal + (upper ? 0 : 1);
      edge = edge < 0 ? 0 : edge > columns ? columns : edge;
      const std::int64_t kept = i * columns + (upper ? edge : 0);
      const std::int64_t zeros = i * columns + (upper ? 0 : edge);
      const std::int64_t left = columns - edge;
      if (x != out)
        __builtin_memcpy(out + kept, x + kept,
                         static_cast<std::size_t>(upper ? left : edge) * sizeof(T));
      fill_with<T, V>(out + zeros, upper ? edge : left, T(0));
    });
  }
};

}  // namespace foregraph
