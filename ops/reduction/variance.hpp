#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind mean_is_not_of_the_kept_shape{
    "the mean does not have the operand's shape with size 1 in the reduced axes",
    "mean(x, axes, KeepDims::yes) over the same axes"};
}  // namespace fault

/// variance_about: mean over some or all axes of (x - m)^2, where m is the mean of x over them.
/// T[S], T[S with 1 in the axes] -> T[S without axes] for T in f32, f64. The second pass of the
/// two-pass algorithm, exact to a few roundings however large the mean (T. Chan, G. Golub, R.
/// LeVeque, 1983); x - m is not materialised. The gradient with respect to x is 2/N (x - m) ct. The
/// gradient with respect to m is taken as 0, which is exact if m is the mean, since then sum(x - m)
/// = 0; for another m it omits a term. Backward keeps x and m. Attributes: integers[0] is the mask
/// of axes, integers[1] is 1 if dimensions are kept.
struct VarianceKernel;

FOREGRAPH_EXPORT inline constexpr OpDef variance_op{
    .name = "variance",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
          const Inferred result = reduction::infer_floating(in, attributes);
          if (result.fault != nullptr) return result;
          if (in[1].shape != reduction::reduced_shape(in[0].shape, attributes.integers[0], true))
            return Inferred::failed(fault::mean_is_not_of_the_kept_shape);
          return result;
        },
    .vjp =
        [](Vjp& v) {
          if (!v.wants(0)) return;
          const Shape from = v.input(0).shape();
          const std::int64_t mask = v.attributes.integers[0];
          const Tensor ct = reduction::kept(v.cotangent, from, mask, v.at);
          const Tensor scale =
              reduction::divide_by_count(ct, reduction::axes_of(from, mask), 2, v.at);
          const Tensor deviation = subtract(v.input(0), v.input(1), v.at);
          v.set(0, zero_or_product(scale, deviation, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{3}).value; },
    .samples = samples::of_kept_axes,
    .flat_at_zero = [](Tensor) { return true; },
    .kernels = &Kernels<VarianceKernel>::table,
    .doc = {"f[S], f[S with 1 in the axes] -> f[S without axes]", "3 per element of the operand"}};

/// Returns the variance over `axes`, given mean(x, axes, KeepDims::yes), which norm layers need
/// anyway.
[[nodiscard]] constexpr Tensor variance_about(Tensor x, Tensor mean_kept, Axes axes = {},
                                              KeepDims keep = KeepDims::no,
                                              Location at = Location::current()) {
  return graph_of(x, variance_op, at)
      .append(variance_op, {x, mean_kept}, reduction::attributes(x.shape(), axes, keep), at);
}

/// Returns the population variance over some or all axes: mean((x - mean(x))^2), divided by the
/// number of elements, not by one less. T[S] -> T[S without axes] for T in f32, f64.
[[nodiscard]] constexpr Tensor variance(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                        Location at = Location::current()) {
  // Checked before the mean is appended, so that faults name variance.
  Graph& g = graph_of(x, variance_op, at);
  const Attributes attributes = reduction::attributes(x.shape(), axes, keep);
  const Operand self{x.shape(), x.dtype()};
  if (const Inferred seen = reduction::infer_floating({&self, 1}, attributes);
      seen.fault != nullptr && !g.first_fault)
    return g.fail(*seen.fault, &variance_op, at, {&self, 1});
  const Tensor about = mean(x, axes, KeepDims::yes, at);
  return variance_about(x, about, axes, keep, at);
}

/// Returns sqrt(variance). Its gradient is 0 where all elements are equal.
[[nodiscard]] constexpr Tensor standard_deviation(Tensor x, Axes axes = {},
                                                  KeepDims keep = KeepDims::no,
                                                  Location at = Location::current()) {
  const Tensor squared = variance(x, axes, keep, at);
  return sqrt(squared, at);
}

FOREGRAPH_REGISTER_KERNEL(variance_op, VarianceKernel)

}  // namespace foregraph
