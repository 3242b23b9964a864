#pragma once

#include <cstdint>

#include <foregraph/detail/base/dtype.hpp>

namespace foregraph {

/// A matrix product [m,k] . [k,n] that a kernel computes by gemm().
struct MatrixProduct {
  DType dtype = f32;
  std::int64_t m = 0, n = 0, k = 0;
};

}  // namespace foregraph
