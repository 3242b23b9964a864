#pragma once

#include <foregraph/detail/kernels/normalisation/row_norm.hpp>

/// The kernels of ops/normalisation/rms_norm.hpp.
namespace foregraph {

struct RmsNormKernel : row_norm::Forward<false> {};

struct RmsNormGradientKernel : row_norm::Gradient<false> {};

struct RmsNormGammaGradientKernel : row_norm::GammaGradient<false> {};

}  // namespace foregraph
