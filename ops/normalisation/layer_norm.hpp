#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/normalisation/row_norm.hpp>

namespace foregraph {

/// layer_norm over the last axis: (x - mean) / sqrt(variance + epsilon) * gamma + beta, with the
/// mean and population variance of each row (Ba, Kiros and Hinton, 2016). T[...,K], T[K], T[K] ->
/// T[...,K] for T in f32, f64. Backward keeps x and recomputes the statistics, which costs less
/// than storing their result. In place over x. Attributes: number is epsilon, as in its
/// gradients.
struct LayerNormKernel;
/// Derivative with respect to x; operands are x, gamma and the cotangent. In place over the
/// cotangent.
struct LayerNormGradientKernel;
/// Derivative with respect to gamma; operands are x and the cotangent.
struct LayerNormGammaGradientKernel;

FOREGRAPH_EXPORT inline constexpr OpDef layer_norm_gradient_op =
    row_norm::define_gradient<LayerNormGradientKernel, true>("layer_norm_gradient");
FOREGRAPH_EXPORT inline constexpr OpDef layer_norm_gamma_gradient_op =
    row_norm::define_gamma_gradient<LayerNormGammaGradientKernel, true>(
        "layer_norm_gamma_gradient");
FOREGRAPH_EXPORT inline constexpr OpDef layer_norm_op{
    .name = "layer_norm",
    .arity = 3,
    .infer = row_norm::infer_like_x<6, 1>,
    .vjp = row_norm::vjp<layer_norm_gradient_op, layer_norm_gamma_gradient_op>,
    .flops = row_norm::flops<8>,
    .samples = samples::of_rows,
    .in_place = 1,
    .kernels = &Kernels<LayerNormKernel>::table,
    .doc = {"f[...,K], f[K], f[K] -> f[...,K]", "8 per element"}};

/// Returns gamma (x - mean) / sqrt(variance + epsilon) + beta, with the moments of each row.
/// f[...,C], f[C], f[C] -> f[...,C].
[[nodiscard]] constexpr Tensor layer_norm(Tensor x, Tensor gamma, Tensor beta,
                                          double epsilon = 1e-5,
                                          Location at = Location::current()) {
  Attributes attributes;
  attributes.number = epsilon;
  return graph_of(x, layer_norm_op, at).append(layer_norm_op, {x, gamma, beta}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(layer_norm_op, LayerNormKernel)
FOREGRAPH_REGISTER_KERNEL(layer_norm_gradient_op, LayerNormGradientKernel)
FOREGRAPH_REGISTER_KERNEL(layer_norm_gamma_gradient_op, LayerNormGammaGradientKernel)

}  // namespace foregraph
