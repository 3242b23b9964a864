#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>

/// The kernel of ops/linear/matmul.hpp.
namespace foregraph {

struct MatmulKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const bool ta = call.attributes->integers[0] != 0;
    const bool tb = call.attributes->integers[1] != 0;
    const std::int64_t k = call.input_shapes[0].dims[ta ? 0 : 1];
    gemm<T>(ta, tb, call.output_shape.dims[0], call.output_shape.dims[1], k, T(1),
            static_cast<const T*>(call.inputs[0]), static_cast<const T*>(call.inputs[1]), T(0),
            static_cast<T*>(call.output));
  }
};

}  // namespace foregraph
