#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/image/pooling.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph {

/// average_pool2d: the mean of each window, per channel; by default over the part within the image,
/// otherwise padding counts as zeros. f[N,H,W,C] -> f[N,OH,OW,C] for f in f32, f64. Backward keeps
/// nothing.
struct AveragePool2dOptions {
  /// Window, stride and padding.
  Pool2dOptions pool{};
  /// Whether padding counts as zeros in the mean.
  bool count_padding = false;
};

struct AveragePool2dKernel;

/// average_pool2d_gradient: the transpose of average_pool2d. f[N,OH,OW,C] -> f[N,H,W,C].
struct AveragePool2dGradientKernel;

namespace detail {
constexpr Tensor append_average_pool2d(Tensor x, const Attributes& attributes, Location at);
}

FOREGRAPH_EXPORT inline constexpr OpDef average_pool2d_gradient_op{
    .name = "average_pool2d_gradient",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          return pooling::infer_back(in[0].shape, in[0].dtype, attributes);
        },
    .vjp = [](Vjp& v) { v.set(0, detail::append_average_pool2d(v.cotangent, v.attributes, v.at)); },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes& a) { return pooling::flops_of(in[0].shape, a); },
    .kernels = &Kernels<AveragePool2dGradientKernel>::table,
    .doc = {"f[N,OH,OW,C] -> f[N,H,W,C]", "KH KW per cotangent"}};

FOREGRAPH_EXPORT inline constexpr OpDef average_pool2d_op{
    .name = "average_pool2d",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          return pooling::infer(in[0].shape, in[0].dtype, attributes);
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, v.output.graph->append(average_pool2d_gradient_op, {v.cotangent}, v.attributes,
                                          v.at));
        },
    .flops = [](std::span<const Operand>, const Operand& out,
                const Attributes& a) { return pooling::flops_of(out.shape, a); },
    .samples = samples::of_axis_0,
    .kernels = &Kernels<AveragePool2dKernel>::table,
    .doc = {"f[N,H,W,C] -> f[N,OH,OW,C]", "KH KW per element"}};

namespace detail {
constexpr Tensor append_average_pool2d(Tensor x, const Attributes& attributes, Location at) {
  return x.graph->append(average_pool2d_op, {x}, attributes, at);
}
}  // namespace detail

/// Returns the mean of each window, per channel. f[N,H,W,C] -> f[N,H',W',C].
[[nodiscard]] constexpr Tensor average_pool2d(Tensor x, AveragePool2dOptions options = {},
                                              Location at = Location::current()) {
  return graph_of(x, average_pool2d_op, at)
      .append(average_pool2d_op, {x},
              pooling::attributes_of(x.shape(), options.pool, options.count_padding), at);
}

/// Returns the mean of each channel of an image: f[N,H,W,C] -> f[N,C].
[[nodiscard]] constexpr Tensor global_average_pool(Tensor x, Location at = Location::current()) {
  if (x.graph != nullptr && !detail::is_image(x.shape())) {
    const Operand self{x.shape(), x.dtype()};
    return x.graph->fail(fault::image_is_not_nhwc, &average_pool2d_op, at, {&self, 1});
  }
  return mean(x, {1, 2}, KeepDims::no, at);
}

FOREGRAPH_REGISTER_KERNEL(average_pool2d_op, AveragePool2dKernel)
FOREGRAPH_REGISTER_KERNEL(average_pool2d_gradient_op, AveragePool2dGradientKernel)

}  // namespace foregraph
