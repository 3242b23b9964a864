#pragma once

#include <foregraph/detail/kernels/basic/reduction.hpp>

/// The kernels of ops/reduction/reduce_max.hpp.
namespace foregraph {

struct ReduceMaxKernel : reduction::PlainKernel<reduction::TakesLarger> {};

struct ReduceMinKernel : reduction::PlainKernel<reduction::TakesSmaller> {};

}  // namespace foregraph
