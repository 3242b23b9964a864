#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/image/pooling.hpp>

namespace foregraph {

/// max_pool2d: the largest element of each window, per channel; padding is never the largest, NaN
/// always is. f[N,H,W,C] -> f[N,OH,OW,C] for f in f32, f64. Backward keeps the operand and finds
/// the position again, the first among equals: no indices are stored.
struct MaxPool2dKernel;

/// max_pool2d_gradient: adds each cotangent to the largest element of its window. f[N,H,W,C],
/// f[N,OH,OW,C] -> f[N,H,W,C]. Linear in the second operand.
struct MaxPool2dGradientKernel;

/// max_pool2d_gather: the element of `u` at the position of the largest element of x in its window.
/// f[N,H,W,C] x, f[N,H,W,C] u -> f[N,OH,OW,C]; the transpose of max_pool2d_gradient.
struct MaxPool2dGatherKernel;

namespace detail {
constexpr Tensor max_pool2d_gradient(Tensor x, Tensor cotangent, const Attributes& attributes,
                                     Location at);
}

FOREGRAPH_EXPORT inline constexpr OpDef max_pool2d_gather_op{
    .name = "max_pool2d_gather",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
          if (in[0].shape != in[1].shape) return Inferred::failed(fault::shapes_differ);
          return pooling::infer(in[0].shape, in[0].dtype, attributes);
        },
    .vjp =
        [](Vjp& v) {
          if (v.wants(1))
            v.set(1, detail::max_pool2d_gradient(v.input(0), v.cotangent, v.attributes, v.at));
        },
    .flops = [](std::span<const Operand>, const Operand& out,
                const Attributes& a) { return pooling::flops_of(out.shape, a); },
    .kernels = &Kernels<MaxPool2dGatherKernel>::table,
    .doc = {"f[N,H,W,C], f[N,H,W,C] -> f[N,OH,OW,C]", "KH KW per element"}};

FOREGRAPH_EXPORT inline constexpr OpDef max_pool2d_gradient_op{
    .name = "max_pool2d_gradient",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
          Attributes of_image = attributes;
          of_image.shape = in[0].shape;
          return pooling::infer_back(in[1].shape, in[1].dtype, of_image);
        },
    .vjp =
        [](Vjp& v) {
          if (v.wants(1))
            v.set(1, v.output.graph->append(max_pool2d_gather_op, {v.input(0), v.cotangent},
                                            v.attributes, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes& a) { return pooling::flops_of(in[1].shape, a); },
    .kernels = &Kernels<MaxPool2dGradientKernel>::table,
    .doc = {"f[N,H,W,C], f[N,OH,OW,C] -> f[N,H,W,C]", "KH KW per cotangent"}};

namespace detail {
constexpr Tensor max_pool2d_gradient(Tensor x, Tensor cotangent, const Attributes& attributes,
                                     Location at) {
  return x.graph->append(max_pool2d_gradient_op, {x, cotangent}, attributes, at);
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef max_pool2d_op{
    .name = "max_pool2d",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          return pooling::infer(in[0].shape, in[0].dtype, attributes);
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, detail::max_pool2d_gradient(v.input(0), v.cotangent, v.attributes, v.at));
        },
    .flops = [](std::span<const Operand>, const Operand& out,
                const Attributes& a) { return pooling::flops_of(out.shape, a); },
    .samples = samples::of_axis_0,
    .kernels = &Kernels<MaxPool2dKernel>::table,
    .doc = {"f[N,H,W,C] -> f[N,OH,OW,C]", "KH KW per element"}};

/// Returns the largest value of each window, per channel. f[N,H,W,C] -> f[N,H',W',C]; padding never
/// wins.
[[nodiscard]] constexpr Tensor max_pool2d(Tensor x, Pool2dOptions options = {},
                                          Location at = Location::current()) {
  return graph_of(x, max_pool2d_op, at)
      .append(max_pool2d_op, {x}, pooling::attributes_of(x.shape(), options, false), at);
}

/// Returns the largest element of each channel of an image: f[N,H,W,C] -> f[N,C].
[[nodiscard]] constexpr Tensor global_max_pool(Tensor x, Location at = Location::current()) {
  const Shape shape = x.shape();
  const Tensor y =
      max_pool2d(x, {.window_h = shape[1].constant, .window_w = shape[2].constant}, at);
  return reshape(y, {y.shape()[0], y.shape()[3]}, at);
}

FOREGRAPH_REGISTER_KERNEL(max_pool2d_op, MaxPool2dKernel)
FOREGRAPH_REGISTER_KERNEL(max_pool2d_gradient_op, MaxPool2dGradientKernel)
FOREGRAPH_REGISTER_KERNEL(max_pool2d_gather_op, MaxPool2dGatherKernel)

}  // namespace foregraph
