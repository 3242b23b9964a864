#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/kernels/image/conv2d_geometry.hpp>
#include <foregraph/detail/ops/image/window.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind channels_do_not_match_the_weights{
    "the image's channels do not match the weights",
    "weights f[kernel,kernel,channels/groups,filters] for an image f[batch,height,width,channels]"};
inline constexpr FaultKind groups_do_not_divide{
    "the number of groups does not divide the channels or the filters",
    "a number of groups that divides both"};
inline constexpr FaultKind image_does_not_match_the_result{
    "the image's shape does not produce the result's",
    "the shape of an image whose convolution has the shape of the first operand"};
}  // namespace fault

/// Options of the op conv2d(), and of the layer through ConvLayerOptions::conv.
struct Conv2dOptions {
  /// Step of the window, downwards.
  std::int64_t stride_h = 1;
  /// Step of the window, to the right.
  std::int64_t stride_w = 1;
  /// Zeros around the image.
  Padding padding{};
  /// Distance of the window's rows.
  std::int64_t dilation_h = 1;
  /// Distance of the window's columns.
  std::int64_t dilation_w = 1;
  /// Number of groups that the channels are divided into. One per channel is a depthwise
  /// convolution.
  std::int64_t groups = 1;
};

/// Returns the options of a convolution with equal stride and padding in both directions.
[[nodiscard]] constexpr Conv2dOptions square_conv(std::int64_t stride, std::int64_t padding = 0,
                                                  std::int64_t groups = 1) {
  return {
      .stride_h = stride, .stride_w = stride, .padding = equal_padding(padding), .groups = groups};
}

/// conv2d: y[n,i,j,f] = sum over h, w, c of x[n, i*stride + h*dilation - padding, ..., c] *
/// weight[h,w,c,f] (a cross-correlation, as is usual), with zeros outside the image. f[N,H,W,C],
/// f[KH,KW,C/groups,F] -> f[N,OH,OW,F] with OH = (H + padding - (KH-1)*dilation - 1) / stride + 1
/// for f in f32, f64. With groups, a filter sees only the channels of its group. Backward keeps
/// both operands. 2*N*OH*OW*F*KH*KW*C/groups FLOPs.
///
/// Three ops, each a gradient of the others, express derivatives of any order. Attributes: see
/// ConvGeometry.
constexpr Tensor conv2d(Tensor x, Tensor weight, Conv2dOptions options = {},
                        Location at = Location::current());

struct Conv2dKernel;
struct Conv2dInputGradientKernel;
struct Conv2dWeightGradientKernel;

namespace detail {

// The three ops with given attributes; each is used in the gradients of the others.
constexpr Tensor append_conv(Tensor x, Tensor weight, const Attributes& attributes, Location at);
constexpr Tensor append_conv_input_gradient(Tensor cotangent, Tensor weight,
                                            const Attributes& attributes, Location at);
constexpr Tensor append_conv_weight_gradient(Tensor x, Tensor cotangent,
                                             const Attributes& attributes, Location at);

/// Checks an image and the shapes of weights and result against the attributes.
[[nodiscard]] constexpr const FaultKind* conv_fault(const Shape& image, const Shape& weight,
                                                    const Attributes& attributes) {
  const auto& a = attributes.integers;
  if (!is_image(image)) return &fault::image_is_not_nhwc;
  if (weight.rank != 4) return &fault::rank_is_wrong;
  for (int i = 0; i < 4; ++i) {
    if (!weight[i].is_constant()) return &fault::channels_do_not_match_the_weights;
    if (a[static_cast<std::size_t>(4 + i)] < 0) return &fault::padding_is_negative;
    if (a[static_cast<std::size_t>(i)] < 1) return &fault::stride_is_below_one;
  }
  for (std::size_t i = 0; i < 8; ++i)
    if (a[i] > most_of_a_window) return &fault::size_overflows;
  if (is_beyond_windows(image[1], image[2]) || is_beyond_windows(weight[0], weight[1]))
    return &fault::size_overflows;
  const std::int64_t groups = a[8];
  if (groups < 1 || image[3].constant % groups != 0 || weight[3].constant % groups != 0)
    return &fault::groups_do_not_divide;
  if (weight[2].constant != image[3].constant / groups || weight[0].constant != a[9] ||
      weight[1].constant != a[10])
    return &fault::channels_do_not_match_the_weights;
  const WindowAxis h = window_axis(image[1].constant, a[9], a[0], a[2], a[4], a[5], false);
  const WindowAxis w = window_axis(image[2].constant, a[10], a[1], a[3], a[6], a[7], false);
  if (h.out < 1 || w.out < 1) return &fault::kernel_is_larger_than_the_image;
  return nullptr;
}
[[nodiscard]] constexpr Shape conv_result(const Shape& image, Dim filters,
                                          const Attributes& attributes) {
  const auto& a = attributes.integers;
  const WindowAxis h = window_axis(image[1].constant, a[9], a[0], a[2], a[4], a[5], false);
  const WindowAxis w = window_axis(image[2].constant, a[10], a[1], a[3], a[6], a[7], false);
  return {image[0], h.out, w.out, filters};
}
[[nodiscard]] constexpr const FaultKind* conv_dtype_fault(std::span<const Operand> in) {
  if (in[0].dtype != in[1].dtype) return &fault::dtypes_differ;
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  return nullptr;
}

/// Returns the workspace in bytes, by one of the functions of conv2d_geometry.hpp.
[[nodiscard]] constexpr Dim conv_workspace(std::int64_t (*elements)(const ConvGeometry&),
                                           const Shape& image, const Shape& result, DType dtype,
                                           const Attributes& attributes) {
  const auto& a = attributes.integers;
  const auto sizes = [](const Shape& s) {
    return std::array{std::int64_t{1}, s[1].constant, s[2].constant, s[3].constant};
  };
  const ConvGeometry g = ConvGeometry::of(a.data(), sizes(image).data(), sizes(result).data());
  // Reject sizes whose products `elements` could not compute in 64 bits; see conv2d_geometry.hpp.
  const auto padded = [](std::int64_t count) { return Dim{count} + Dim{15}; };
  const Dim taps = multiply(Dim{g.kernel_h}, Dim{g.kernel_w}).value;
  const Dim by_channels = multiply(taps, padded(g.channels)).value;
  const Dim weights = multiply(by_channels, padded(g.filters)).value;
  constexpr std::int64_t most_pixels_of_a_block = 64 * 1024;
  if (!multiply(weights, Dim{2 * most_pixels_of_a_block}).value.is_known()) return Dim::too_large();
  if (g.is_direct()) {
    const Dim rows = Dim{g.height} + Dim{a[4]} + Dim{a[5]} + Dim{g.out_height};
    const Dim columns = Dim{g.width} + Dim{a[6]} + Dim{a[7]} + Dim{g.out_width};
    const Dim pixels = multiply(rows, columns).value;
    if (!multiply(pixels, Dim{4} + weights).value.is_known()) return Dim::too_large();
  }
  return multiply(Dim{elements(g)}, Dim{bytes_per_element(dtype)}).value;
}
[[nodiscard]] constexpr Dim conv_flops(const Shape& result, std::int64_t group_channels,
                                       const Attributes& attributes) {
  const Dim taps = multiply(Dim{attributes.integers[9]}, Dim{attributes.integers[10]}).value;
  const Dim of_each = multiply(multiply(taps, Dim{group_channels}).value, Dim{2}).value;
  return multiply(result.elements(), of_each).value;
}

}  // namespace detail

/// conv2d_input_gradient: the gradient of conv2d with respect to its image, the transposed
/// convolution. f[N,OH,OW,F], f[KH,KW,C/groups,F] -> f[N,H,W,C] of the attributes' shape.
FOREGRAPH_EXPORT inline constexpr OpDef conv2d_input_gradient_op{
    .name = "conv2d_input_gradient",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (const FaultKind* bad = detail::conv_dtype_fault(in)) return Inferred::failed(*bad);
          const Shape& image = attributes.shape;
          if (const FaultKind* bad = detail::conv_fault(image, in[1].shape, attributes))
            return Inferred::failed(*bad);
          if (detail::conv_result(image, in[1].shape[3], attributes) != in[0].shape)
            return Inferred::failed(fault::image_does_not_match_the_result);
          return Inferred{image, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          if (v.wants(0))
            v.set(0, detail::append_conv(v.cotangent, v.input(1), v.attributes, v.at));
          if (v.wants(1))
            v.set(1,
                  detail::append_conv_weight_gradient(v.cotangent, v.input(0), v.attributes, v.at));
        },
    .flops =
        [](std::span<const Operand> in, const Operand&, const Attributes& attributes) {
          return detail::conv_flops(in[0].shape, in[1].shape[2].constant, attributes);
        },
    .workspace_bytes =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          return detail::conv_workspace(&input_gradient_workspace, out.shape, in[0].shape,
                                        out.dtype, attributes);
        },
    .workspace_per_thread = true,
    .kernels = &Kernels<Conv2dInputGradientKernel>::table,
    .doc = {"f[N,OH,OW,F], f[KH,KW,C/groups,F] -> f[N,H,W,C]", "2 N OH OW F KH KW C/groups"}};

/// conv2d_weight_gradient: the gradient of conv2d with respect to its weights. f[N,H,W,C],
/// f[N,OH,OW,F] -> f[KH,KW,C/groups,F].
FOREGRAPH_EXPORT inline constexpr OpDef conv2d_weight_gradient_op{
    .name = "conv2d_weight_gradient",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (const FaultKind* bad = detail::conv_dtype_fault(in)) return Inferred::failed(*bad);
          const Shape& image = in[0].shape;
          const std::int64_t groups = attributes.integers[8] < 1 ? 1 : attributes.integers[8];
          const Shape weight{attributes.integers[9], attributes.integers[10],
                             image[3].constant / groups, in[1].shape[3]};
          if (const FaultKind* bad = detail::conv_fault(image, weight, attributes))
            return Inferred::failed(*bad);
          if (detail::conv_result(image, weight[3], attributes) != in[1].shape)
            return Inferred::failed(fault::image_does_not_match_the_result);
          return Inferred{weight, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          Attributes attributes = v.attributes;
          attributes.shape = v.input(0).shape();
          if (v.wants(0))
            v.set(0, detail::append_conv_input_gradient(v.input(1), v.cotangent, attributes, v.at));
          if (v.wants(1))
            v.set(1, detail::append_conv(v.input(0), v.cotangent, v.attributes, v.at));
        },
    .flops =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          return detail::conv_flops(in[1].shape, out.shape[2].constant, attributes);
        },
    .workspace_bytes =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          return detail::conv_workspace(&weight_gradient_workspace, in[0].shape, in[1].shape,
                                        out.dtype, attributes);
        },
    .workspace_per_thread = true,
    .kernels = &Kernels<Conv2dWeightGradientKernel>::table,
    .doc = {"f[N,H,W,C], f[N,OH,OW,F] -> f[KH,KW,C/groups,F]", "2 N OH OW F KH KW C/groups"}};

FOREGRAPH_EXPORT inline constexpr OpDef conv2d_op{
    .name = "conv2d",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (const FaultKind* bad = detail::conv_dtype_fault(in)) return Inferred::failed(*bad);
          if (const FaultKind* bad = detail::conv_fault(in[0].shape, in[1].shape, attributes))
            return Inferred::failed(*bad);
          return Inferred{detail::conv_result(in[0].shape, in[1].shape[3], attributes),
                          in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          Attributes attributes = v.attributes;
          attributes.shape = v.input(0).shape();
          if (v.wants(0))
            v.set(0, detail::append_conv_input_gradient(v.cotangent, v.input(1), attributes, v.at));
          if (v.wants(1))
            v.set(1,
                  detail::append_conv_weight_gradient(v.input(0), v.cotangent, v.attributes, v.at));
        },
    .flops =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          return detail::conv_flops(out.shape, in[1].shape[2].constant, attributes);
        },
    .workspace_bytes =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          return detail::conv_workspace(&forward_workspace, in[0].shape, out.shape, out.dtype,
                                        attributes);
        },
    .workspace_per_thread = true,
    .samples = samples::of_axis_0,
    .kernels = &Kernels<Conv2dKernel>::table,
    .doc = {"f[N,H,W,C], f[KH,KW,C/groups,F] -> f[N,OH,OW,F]", "2 N OH OW F KH KW C/groups"}};

namespace detail {
constexpr Tensor append_conv(Tensor x, Tensor weight, const Attributes& attributes, Location at) {
  return x.graph->append(conv2d_op, {x, weight}, attributes, at);
}
constexpr Tensor append_conv_input_gradient(Tensor cotangent, Tensor weight,
                                            const Attributes& attributes, Location at) {
  return weight.graph->append(conv2d_input_gradient_op, {cotangent, weight}, attributes, at);
}
constexpr Tensor append_conv_weight_gradient(Tensor x, Tensor cotangent,
                                             const Attributes& attributes, Location at) {
  return x.graph->append(conv2d_weight_gradient_op, {x, cotangent}, attributes, at);
}

/// Returns the attributes for an image of that shape, with SAME resolved.
[[nodiscard]] constexpr Attributes conv_attributes(const Shape& image, const Shape& weight,
                                                   const Conv2dOptions& o) {
  const Padding& p = o.padding;
  const std::int64_t kernel_h = weight[0].constant;
  const std::int64_t kernel_w = weight[1].constant;
  const WindowAxis h =
      window_axis(image[1].constant, kernel_h, o.stride_h, o.dilation_h, p.top, p.bottom, p.same);
  const WindowAxis w =
      window_axis(image[2].constant, kernel_w, o.stride_w, o.dilation_w, p.left, p.right, p.same);
  Attributes attributes;
  attributes.integers = {o.stride_h,
                         o.stride_w,
                         o.dilation_h,
                         o.dilation_w,
                         p.same ? h.before : p.top,
                         p.same ? h.after : p.bottom,
                         p.same ? w.before : p.left,
                         p.same ? w.after : p.right,
                         o.groups,
                         kernel_h,
                         kernel_w};
  return attributes;
}
}  // namespace detail

[[nodiscard]] constexpr Tensor conv2d(Tensor x, Tensor weight, Conv2dOptions options, Location at) {
  return graph_of(x, conv2d_op, at)
      .append(conv2d_op, {x, weight}, detail::conv_attributes(x.shape(), weight.shape(), options),
              at);
}

FOREGRAPH_REGISTER_KERNEL(conv2d_op, Conv2dKernel)
FOREGRAPH_REGISTER_KERNEL(conv2d_input_gradient_op, Conv2dInputGradientKernel)
FOREGRAPH_REGISTER_KERNEL(conv2d_weight_gradient_op, Conv2dWeightGradientKernel)

}  // namespace foregraph
