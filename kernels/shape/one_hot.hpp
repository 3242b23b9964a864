#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernel of ops/shape/one_hot.hpp.
namespace foregraph {

struct OneHotKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t classes = call.attributes->integers[0];
    const bool wide = call.attributes->integers[1] != 0;
    auto* out = static_cast<T*>(call.output);
    fill_on_threads<T, V>(out, call.output_shape.elements, T(0));
    for (std::int64_t r = 0; r < call.input_shapes[0].elements; ++r) {
      const std::int64_t index = wide ? static_cast<const std::int64_t*>(call.inputs[0])[r]
                                      : static_cast<const std::int32_t*>(call.inputs[0])[r];
      if (index < 0 || index >= classes) throw_index_out_of_range(call, 0, r, index, classes);
      out[r * classes + index] = T(1);
    }
  }
};

}  // namespace foregraph
