#pragma once

#include <foregraph/detail/ops/image/conv2d.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind channels_do_not_match_the_transposed_weights{
    "the image's channels do not match the weights",
    "weights f[kernel,kernel,filters/groups,channels] for an image f[batch,height,width,channels]"};
inline constexpr FaultKind same_padding_has_no_extra{
    "extra rows or columns with SAME padding",
    "SAME padding alone, which makes the size H*stride; "
    "or explicit padding with extra_h and extra_w"};
}  // namespace fault

/// conv2d_transpose: the transposed convolution ("deconvolution"), the gradient of conv2d with
/// respect to its image. f[N,H,W,C], f[KH,KW,F/groups,C] -> f[N,OH,OW,F] with OH = (H-1)*stride -
/// padding + (KH-1)*dilation + 1 + extra; `extra_h` and `extra_w` choose among the sizes whose
/// convolution has size H (also called "output padding"). SAME gives OH = H*stride.
struct Conv2dTransposeOptions {
  /// Options of the convolution that this is the transpose of.
  Conv2dOptions conv{};
  /// Rows added at the bottom, less than the stride.
  std::int64_t extra_h = 0;
  /// Columns added at the right, less than the stride.
  std::int64_t extra_w = 0;
};

/// Returns the transpose of conv2d, which enlarges: f[N,H,W,C], f[KH,KW,F/groups,C] ->
/// f[N,OH,OW,F].
[[nodiscard]] constexpr Tensor conv2d_transpose(Tensor x, Tensor weight,
                                                Conv2dTransposeOptions options = {},
                                                Location at = Location::current()) {
  Graph& g = graph_of(x, conv2d_input_gradient_op, at);
  const Shape image = x.shape();
  const Shape kernel = weight.shape();
  const std::array<Operand, 2> both{{{image, x.dtype()}, {kernel, weight.dtype()}}};
  if (!detail::is_image(image) || kernel.rank != 4 || !kernel[2].is_constant())
    return g.fail(fault::image_is_not_nhwc, &conv2d_input_gradient_op, at, both);
  if (detail::is_beyond_windows(image[1], image[2]) ||
      detail::is_beyond_windows(kernel[0], kernel[1]))
    return g.fail(fault::size_overflows, &conv2d_input_gradient_op, at, both);
  const Conv2dOptions& o = options.conv;
  if (kernel[3] != image[3])
    return g.fail(fault::channels_do_not_match_the_transposed_weights, &conv2d_input_gradient_op,
                  at, both);
  for (const std::int64_t each :
       {o.stride_h, o.stride_w, o.dilation_h, o.dilation_w, o.padding.top, o.padding.bottom,
        o.padding.left, o.padding.right, options.extra_h, options.extra_w, o.groups})
    if (each < 0 || each > detail::most_of_a_window)
      return g.fail(each < 0 ? fault::padding_is_negative : fault::size_overflows,
                    &conv2d_input_gradient_op, at, both);
  if (o.padding.same && (options.extra_h != 0 || options.extra_w != 0))
    return g.fail(fault::same_padding_has_no_extra, &conv2d_input_gradient_op, at, both);
  // All factors are at most 2^31, so that sums of products fit 64 bits.
  const auto size = [&](Dim in, Dim taps, std::int64_t stride, std::int64_t dilation,
                        std::int64_t padding, std::int64_t extra) {
    if (o.padding.same) return in.constant * stride;
    return (in.constant - 1) * stride - padding + (taps.constant - 1) * dilation + 1 + extra;
  };
  const Shape result{image[0],
                     size(image[1], kernel[0], o.stride_h, o.dilation_h,
                          o.padding.top + o.padding.bottom, options.extra_h),
                     size(image[2], kernel[1], o.stride_w, o.dilation_w,
                          o.padding.left + o.padding.right, options.extra_w),
                     multiply(kernel[2], Dim{o.groups}).value};
  if (!result[3].is_known())
    return g.fail(fault::size_overflows, &conv2d_input_gradient_op, at, both);
  Attributes attributes = detail::conv_attributes(result, kernel, o);
  attributes.shape = result;
  return g.append(conv2d_input_gradient_op, {x, weight}, attributes, at);
}

}  // namespace foregraph
