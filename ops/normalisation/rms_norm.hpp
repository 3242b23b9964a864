#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/normalisation/row_norm.hpp>

namespace foregraph {

/// rms_norm over the last axis: x / sqrt(mean(x^2) + epsilon) * gamma (Zhang and Sennrich, 2019).
/// T[...,K], T[K] -> T[...,K] for T in f32, f64. Backward keeps x and recomputes the statistics. In
/// place over x. Attributes: number is epsilon, as in its gradients.
struct RmsNormKernel;
/// Derivative with respect to x; operands are x, gamma and the cotangent. In place over the
/// cotangent.
struct RmsNormGradientKernel;
/// Derivative with respect to gamma; operands are x and the cotangent.
struct RmsNormGammaGradientKernel;

FOREGRAPH_EXPORT inline constexpr OpDef rms_norm_gradient_op =
    row_norm::define_gradient<RmsNormGradientKernel, false>("rms_norm_gradient");
FOREGRAPH_EXPORT inline constexpr OpDef rms_norm_gamma_gradient_op =
    row_norm::define_gamma_gradient<RmsNormGammaGradientKernel, false>("rms_norm_gamma_gradient");
FOREGRAPH_EXPORT inline constexpr OpDef rms_norm_op{
    .name = "rms_norm",
    .arity = 2,
    .infer = row_norm::infer_like_x<2, 1>,
    .vjp = row_norm::vjp<rms_norm_gradient_op, rms_norm_gamma_gradient_op>,
    .flops = row_norm::flops<8>,
    .samples = samples::of_rows,
    .in_place = 1,
    .kernels = &Kernels<RmsNormKernel>::table,
    .doc = {"f[...,K], f[K] -> f[...,K]", "8 per element"}};

/// Returns gamma x / sqrt(mean(x^2) + epsilon), with the mean of each row. f[...,C], f[C] ->
/// f[...,C].
[[nodiscard]] constexpr Tensor rms_norm(Tensor x, Tensor gamma, double epsilon = 1e-6,
                                        Location at = Location::current()) {
  Attributes attributes;
  attributes.number = epsilon;
  return graph_of(x, rms_norm_op, at).append(rms_norm_op, {x, gamma}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(rms_norm_op, RmsNormKernel)
FOREGRAPH_REGISTER_KERNEL(rms_norm_gradient_op, RmsNormGradientKernel)
FOREGRAPH_REGISTER_KERNEL(rms_norm_gamma_gradient_op, RmsNormGammaGradientKernel)

}  // namespace foregraph
