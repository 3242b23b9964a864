#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

namespace foregraph {

/// sum_product: sum over some or all axes of a * b, which is not materialised. T[S], T[S] -> T[S
/// without axes] for T in f32, f64; no broadcasting. Summed like sum. Backward keeps both operands.
/// Attributes: integers[0] is the mask of axes, integers[1] is 1 if dimensions are kept.
struct SumProductKernel;

FOREGRAPH_EXPORT inline constexpr OpDef sum_product_op{
    .name = "sum_product",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
          if (in[0].shape != in[1].shape) return Inferred::failed(fault::shapes_differ);
          return reduction::infer_floating(in, attributes);
        },
    .vjp =
        [](Vjp& v) {
          const Tensor ct =
              reduction::kept(v.cotangent, v.input(0).shape(), v.attributes.integers[0], v.at);
          if (v.wants(0)) v.set(0, zero_or_product(ct, v.input(1), v.at));
          if (v.wants(1)) v.set(1, zero_or_product(ct, v.input(0), v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{2}).value; },
    .samples = samples::of_a_sum,
    .flat_at_zero =
        [](Tensor t) { return elementwise::operand(t, 0).id == elementwise::operand(t, 1).id; },
    .kernels = &Kernels<SumProductKernel>::table,
    .doc = {"f[S], f[S] -> f[S without axes]", "2 per element of an operand"}};

[[nodiscard]] constexpr Tensor sum_product(Tensor a, Tensor b, Axes axes = {},
                                           KeepDims keep = KeepDims::no,
                                           Location at = Location::current()) {
  return graph_of(a, sum_product_op, at)
      .append(sum_product_op, {a, b}, reduction::attributes(a.shape(), axes, keep), at);
}

FOREGRAPH_REGISTER_KERNEL(sum_product_op, SumProductKernel)

}  // namespace foregraph
