#pragma once

#include <foregraph/detail/kernels/normalisation/row_norm.hpp>

/// The kernels of ops/normalisation/layer_norm.hpp.
namespace foregraph {

struct LayerNormKernel : row_norm::Forward<true> {};

struct LayerNormGradientKernel : row_norm::Gradient<true> {};

struct LayerNormGammaGradientKernel : row_norm::GammaGradient<true> {};

}  // namespace foregraph
