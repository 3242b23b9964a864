#pragma once

#include <foregraph/detail/ops/image/window.hpp>

/// Shared parts of max and average pooling. Attributes: integers[0..1] are strides, [4..7] padding,
/// [9..10] the window, [11] is 1 if padding counts in an average; shape is the image's in ops whose
/// result is the image.
namespace foregraph {

namespace fault {
inline constexpr FaultKind padding_is_as_large_as_the_window{
    "padding is as large as the window",
    "padding smaller than the window; otherwise a window could lie entirely in the padding"};
}  // namespace fault

/// Windows of a pooling op.
struct Pool2dOptions {
  /// Rows of a window.
  std::int64_t window_h = 2;
  /// Columns of a window.
  std::int64_t window_w = 2;
  std::int64_t stride_h = 0;  ///< 0: the window
  /// Step to the right; 0 is the width of the window.
  std::int64_t stride_w = 0;
  /// Elements around the image.
  Padding padding{};
};
/// Returns a window and a stride that are equal in both directions. A stride of 0 is the window.
[[nodiscard]] constexpr Pool2dOptions square_pool(std::int64_t window, std::int64_t stride = 0,
                                                  std::int64_t padding = 0) {
  return {.window_h = window,
          .window_w = window,
          .stride_h = stride,
          .stride_w = stride,
          .padding = equal_padding(padding)};
}

namespace pooling {

[[nodiscard]] constexpr Attributes attributes_of(const Shape& image, const Pool2dOptions& o,
                                                 bool count_padding) {
  const std::int64_t stride_h = o.stride_h == 0 ? o.window_h : o.stride_h;
  const std::int64_t stride_w = o.stride_w == 0 ? o.window_w : o.stride_w;
  const Padding& p = o.padding;
  const detail::WindowAxis h =
      detail::window_axis(image[1].constant, o.window_h, stride_h, 1, p.top, p.bottom, p.same);
  const detail::WindowAxis w =
      detail::window_axis(image[2].constant, o.window_w, stride_w, 1, p.left, p.right, p.same);
  Attributes attributes;
  attributes.integers = {stride_h,
                         stride_w,
                         1,
                         1,
                         p.same ? h.before : p.top,
                         p.same ? h.after : p.bottom,
                         p.same ? w.before : p.left,
                         p.same ? w.after : p.right,
                         1,
                         o.window_h,
                         o.window_w,
                         count_padding ? 1 : 0};
  attributes.shape = image;
  return attributes;
}

/// Returns the result's shape for an image, or a fault.
[[nodiscard]] constexpr Inferred infer(const Shape& image, DType dtype,
                                       const Attributes& attributes) {
  const auto& a = attributes.integers;
  if (!is_floating(dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  if (!detail::is_image(image)) return Inferred::failed(fault::image_is_not_nhwc);
  if (a[0] < 1 || a[1] < 1 || a[9] < 1 || a[10] < 1)
    return Inferred::failed(fault::stride_is_below_one);
  for (std::size_t i = 0; i < 11; ++i)
    if (a[i] > detail::most_of_a_window) return Inferred::failed(fault::size_overflows);
  for (std::size_t i = 4; i < 8; ++i) {
    if (a[i] < 0) return Inferred::failed(fault::padding_is_negative);
    if (a[i] >= a[i < 6 ? 9 : 10])
      return Inferred::failed(fault::padding_is_as_large_as_the_window);
  }
  if (detail::is_beyond_windows(image[1], image[2])) return Inferred::failed(fault::size_overflows);
  const detail::WindowAxis h =
      detail::window_axis(image[1].constant, a[9], a[0], 1, a[4], a[5], false);
  const detail::WindowAxis w =
      detail::window_axis(image[2].constant, a[10], a[1], 1, a[6], a[7], false);
  if (h.out < 1 || w.out < 1) return Inferred::failed(fault::kernel_is_larger_than_the_image);
  return {{image[0], h.out, w.out, image[3]}, dtype};
}
/// Shape rule of ops from the result's shape back to the image's.
[[nodiscard]] constexpr Inferred infer_back(const Shape& result, DType dtype,
                                            const Attributes& attributes) {
  const Inferred forward = infer(attributes.shape, dtype, attributes);
  if (forward.fault != nullptr) return forward;
  if (forward.shape != result) return Inferred::failed(fault::shapes_differ);
  return {attributes.shape, dtype};
}
/// Returns the FLOPs: one operation per element of each window.
[[nodiscard]] constexpr Dim flops_of(const Shape& result, const Attributes& attributes) {
  return multiply(result.elements(), Dim{attributes.integers[9] * attributes.integers[10]}).value;
}

}  // namespace pooling
}  // namespace foregraph
