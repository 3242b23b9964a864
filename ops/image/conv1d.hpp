#pragma once

#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/image/conv2d.hpp>

namespace foregraph {

/// Options of conv1d().
struct Conv1dOptions {
  /// Step of the window.
  std::int64_t stride = 1;
  std::int64_t before = 0;  ///< padding
  /// Zeros behind the last element.
  std::int64_t after = 0;
  bool same = false;  ///< padding like TensorFlow's SAME
  /// Distance of the window's elements.
  std::int64_t dilation = 1;
  /// Number of groups that channels are divided into.
  std::int64_t groups = 1;
};

/// conv1d: a convolution along a sequence; a conv2d of height 1. f[N,T,C], f[K,C/groups,F] ->
/// f[N,OT,F]. For a causal convolution pad only before: (K-1)*dilation.
[[nodiscard]] constexpr Tensor conv1d(Tensor x, Tensor weight, Conv1dOptions options = {},
                                      Location at = Location::current()) {
  const Shape image = x.shape();
  const Shape kernel = weight.shape();
  Graph& g = graph_of(x, conv2d_op, at);
  if (image.rank != 3 || kernel.rank != 3) {
    const std::array<Operand, 2> both{{{image, x.dtype()}, {kernel, weight.dtype()}}};
    return g.fail(fault::rank_is_wrong, &conv2d_op, at, both);
  }
  const Tensor flat = reshape(x, {image[0], 1, image[1], image[2]}, at);
  const Tensor filters = reshape(weight, {1, kernel[0], kernel[1], kernel[2]}, at);
  const Conv2dOptions wide{
      .stride_w = options.stride,
      .padding = {.left = options.before, .right = options.after, .same = options.same},
      .dilation_w = options.dilation,
      .groups = options.groups};
  const Tensor y = conv2d(flat, filters, wide, at);
  return reshape(y, {y.shape()[0], y.shape()[2], y.shape()[3]}, at);
}

}  // namespace foregraph
