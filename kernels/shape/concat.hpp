#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernel of ops/shape/concat.hpp.
namespace foregraph {

struct ConcatKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t axis = call.attributes->integers[0];
    const std::int64_t operands = call.attributes->integers[1];
    const ConcreteShape& shape = call.output_shape;
    std::int64_t outer = 1;
    for (int i = 0; i < axis; ++i) outer *= shape.dims[static_cast<std::size_t>(i)];
    const std::int64_t row = shape.elements / outer;
    auto* out = static_cast<T*>(call.output);
    for (std::int64_t k = 0; k < operands; ++k) {
      const std::int64_t part = call.input_shapes[k].elements / outer;
      StridedCopy<T, V> copy;
      copy.add(outer, part, row);
      copy.add(part, 1, 1);
      copy.run_on_threads(static_cast<const T*>(call.inputs[k]), out);
      out += part;
    }
  }
};

}  // namespace foregraph
