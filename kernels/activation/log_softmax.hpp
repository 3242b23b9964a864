#pragma once

#include <foregraph/detail/kernels/activation/softmax.hpp>

/// The kernel of ops/activation/log_softmax.hpp.
namespace foregraph {

struct LogSoftmaxKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    detail::softmax_along_axis<T, V, true>(call);
  }
};

}  // namespace foregraph
