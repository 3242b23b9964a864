#pragma once

#include <foregraph/detail/kernels/basic/reduction.hpp>

/// The kernel of ops/basic/sum.hpp.
namespace foregraph {

struct SumKernel : reduction::PlainKernel<reduction::Adds> {};

}  // namespace foregraph
