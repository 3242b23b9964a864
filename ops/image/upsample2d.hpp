#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/image/average_pool2d.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind scale_is_below_one{"a scale or a size is below 1",
                                              "scales and sizes of at least 1"};
}  // namespace fault

/// upsample_nearest2d: repeats each pixel in a block of scale_h x scale_w pixels. T[N,H,W,C] ->
/// T[N,H*scale_h,W*scale_w,C] for every T; the gradient, for f32 and f64, is the sum of each block.
/// Attributes: integers[0..1] are the scales.
struct UpsampleNearest2dKernel;

FOREGRAPH_EXPORT inline constexpr OpDef upsample_nearest2d_op{
    .name = "upsample_nearest2d",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (!detail::is_image(in[0].shape)) return Inferred::failed(fault::image_is_not_nhwc);
          if (attributes.integers[0] < 1 || attributes.integers[1] < 1)
            return Inferred::failed(fault::scale_is_below_one);
          Shape result = in[0].shape;
          for (int i = 0; i < 2; ++i) {
            const Product size =
                multiply(result[i + 1], Dim{attributes.integers[static_cast<std::size_t>(i)]});
            if (size.fault != SizeFault::none) return Inferred::failed(fault::size_overflows);
            result.set(i + 1, size.value);
          }
          return Inferred{result, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const std::int64_t scale_h = v.attributes.integers[0];
          const std::int64_t scale_w = v.attributes.integers[1];
          const Tensor means = average_pool2d(
              v.cotangent, {.pool = {.window_h = scale_h, .window_w = scale_w}}, v.at);
          v.set(0, multiply(means, static_cast<double>(scale_h * scale_w), v.at));
        },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .samples = samples::of_axis_0,
    .kernels = &Kernels<UpsampleNearest2dKernel>::table,
    .doc = {"T[N,H,W,C] -> T[N,H*sh,W*sw,C]", "none"}};

/// Repeats each pixel scale_h times down and scale_w times to the right.
/// T[N,H,W,C] -> T[N,H*scale_h,W*scale_w,C].
[[nodiscard]] constexpr Tensor upsample_nearest2d(Tensor x, std::int64_t scale_h,
                                                  std::int64_t scale_w,
                                                  Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = scale_h;
  attributes.integers[1] = scale_w;
  return graph_of(x, upsample_nearest2d_op, at).append(upsample_nearest2d_op, {x}, attributes, at);
}

/// upsample_bilinear2d: resizes the image by linear interpolation between pixel centres: position i
/// of OH lies at (i + 0.5) H / OH - 0.5 of H, clamped to the border's pixel; with `align_corners`
/// at i (H-1) / (OH-1). f[N,H,W,C] -> f[N,OH,OW,C] for f in f32, f64. Backward keeps nothing.
/// Attributes: integers[0..1] are the result's size, [2] is align_corners; shape is the image's.
struct UpsampleBilinear2dKernel;

/// upsample_bilinear2d_gradient: the transpose of upsample_bilinear2d. f[N,OH,OW,C] -> f[N,H,W,C].
struct UpsampleBilinear2dGradientKernel;

namespace detail {
constexpr Tensor append_upsample_bilinear2d(Tensor x, const Attributes& attributes, Location at);
[[nodiscard]] constexpr Inferred bilinear_shape(const Operand& in, const Shape& size_of,
                                                std::int64_t height, std::int64_t width) {
  if (!is_floating(in.dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  if (!is_image(in.shape)) return Inferred::failed(fault::image_is_not_nhwc);
  if (height < 1 || width < 1) return Inferred::failed(fault::scale_is_below_one);
  return {{size_of[0], height, width, size_of[3]}, in.dtype};
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef upsample_bilinear2d_gradient_op{
    .name = "upsample_bilinear2d_gradient",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          return detail::bilinear_shape(in[0], in[0].shape, attributes.shape[1].constant,
                                        attributes.shape[2].constant);
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, detail::append_upsample_bilinear2d(v.cotangent, v.attributes, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{8}).value; },
    .kernels = &Kernels<UpsampleBilinear2dGradientKernel>::table,
    .doc = {"f[N,OH,OW,C] -> f[N,H,W,C]", "8 per cotangent"}};

FOREGRAPH_EXPORT inline constexpr OpDef upsample_bilinear2d_op{
    .name = "upsample_bilinear2d",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          return detail::bilinear_shape(in[0], in[0].shape, attributes.integers[0],
                                        attributes.integers[1]);
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, v.output.graph->append(upsample_bilinear2d_gradient_op, {v.cotangent},
                                          v.attributes, v.at));
        },
    .flops = [](std::span<const Operand>, const Operand& out,
                const Attributes&) { return multiply(out.shape.elements(), Dim{8}).value; },
    .samples = samples::of_axis_0,
    .kernels = &Kernels<UpsampleBilinear2dKernel>::table,
    .doc = {"f[N,H,W,C] -> f[N,OH,OW,C]", "8 per element"}};

namespace detail {
constexpr Tensor append_upsample_bilinear2d(Tensor x, const Attributes& attributes, Location at) {
  return x.graph->append(upsample_bilinear2d_op, {x}, attributes, at);
}
}  // namespace detail

/// Interpolates between pixels. f[N,H,W,C] -> f[N,height,width,C].
[[nodiscard]] constexpr Tensor upsample_bilinear2d(Tensor x, std::int64_t height,
                                                   std::int64_t width, bool align_corners = false,
                                                   Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = height;
  attributes.integers[1] = width;
  attributes.integers[2] = align_corners ? 1 : 0;
  attributes.shape = x.shape();
  return graph_of(x, upsample_bilinear2d_op, at)
      .append(upsample_bilinear2d_op, {x}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(upsample_nearest2d_op, UpsampleNearest2dKernel)
FOREGRAPH_REGISTER_KERNEL(upsample_bilinear2d_op, UpsampleBilinear2dKernel)
FOREGRAPH_REGISTER_KERNEL(upsample_bilinear2d_gradient_op, UpsampleBilinear2dGradientKernel)

}  // namespace foregraph
