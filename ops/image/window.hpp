#pragma once

#include <foregraph/detail/graph/op.hpp>

/// Placement of the windows of convolutions and pooling on an image f[N,H,W,C].
namespace foregraph {

/// Padding around the image: explicit on four sides, or as TensorFlow's SAME requires.
struct Padding {
  std::int64_t top = 0;
  std::int64_t bottom = 0;
  std::int64_t left = 0;
  std::int64_t right = 0;
  bool same = false;
};
inline constexpr Padding valid_padding{};
inline constexpr Padding same_padding{.same = true};
[[nodiscard]] constexpr Padding equal_padding(std::int64_t on_each_side) {
  return {on_each_side, on_each_side, on_each_side, on_each_side};
}

struct Window {
  std::int64_t kernel_h = 1;
  std::int64_t kernel_w = 1;
  std::int64_t stride_h = 1;
  std::int64_t stride_w = 1;
  std::int64_t dilation_h = 1;
  std::int64_t dilation_w = 1;
  Padding padding{};
};

namespace fault {
inline constexpr FaultKind image_is_not_nhwc{"an operand is not an image",
                                             "f[batch,height,width,channels] with constant height, "
                                             "width and channels; permute or reshape it"};
inline constexpr FaultKind stride_is_below_one{
    "a stride, a dilation or the size of a window is below 1",
    "strides, dilations and windows of at least 1"};
inline constexpr FaultKind padding_is_negative{"padding is negative",
                                               "padding of at least 0; crop with slice()"};
inline constexpr FaultKind kernel_is_larger_than_the_image{
    "the kernel is larger than the padded image",
    "an image that holds at least one window; use a smaller kernel or more padding"};
}  // namespace fault

namespace detail {
/// Larger sizes and strides are rejected before anything is computed from them.
inline constexpr std::int64_t most_of_a_window = std::int64_t{1} << 31;

/// One axis with SAME resolved, and the number of window positions; 0 if none fits.
struct WindowAxis {
  std::int64_t before = 0;
  std::int64_t after = 0;
  std::int64_t out = 0;
};
[[nodiscard]] constexpr WindowAxis window_axis(std::int64_t size, std::int64_t kernel,
                                               std::int64_t stride, std::int64_t dilation,
                                               std::int64_t before, std::int64_t after, bool same) {
  if (stride < 1 || dilation < 1 || kernel < 1 || before < 0 || after < 0) return {};
  for (const std::int64_t each : {size, kernel, stride, dilation, before, after})
    if (each > most_of_a_window) return {};
  const std::int64_t reach = (kernel - 1) * dilation + 1;
  if (same) {
    const std::int64_t positions = (size + stride - 1) / stride;
    const std::int64_t needed = (positions - 1) * stride + reach - size;
    const std::int64_t total = needed > 0 ? needed : 0;
    before = total / 2;
    after = total - before;
  }
  const std::int64_t room = size + before + after - reach;
  return {before, after, room < 0 ? 0 : room / stride + 1};
}

/// Returns true if an image, or a kernel with these first axes, is too large for window_axis().
[[nodiscard]] constexpr bool is_beyond_windows(Dim height, Dim width) {
  return height.constant > most_of_a_window || width.constant > most_of_a_window;
}

[[nodiscard]] constexpr bool is_image(const Shape& shape) {
  return shape.rank == 4 && shape[1].is_constant() && shape[2].is_constant() &&
         shape[3].is_constant();
}
}  // namespace detail

}  // namespace foregraph
