#pragma once

#include <foregraph/detail/nn/models/resnet.hpp>
#include <foregraph/detail/ops/activation/relu6.hpp>

namespace foregraph::models {

/// Sizes of mobilenet_v2().
struct MobileNetV2Options {
  double width = 1;             ///< factor applied to all channel counts
  std::int64_t size = 224;      ///< height and width of the images in pixels
  std::int64_t classes = 1000;  ///< number of classes
  /// Folds batch norm into the convolutions, which then have a bias, as for continued training of a
  /// finished model on a device.
  bool folded = false;
};

namespace detail {
/// Returns channels * width rounded to a multiple of 8, at least 8 and not below nine tenths of the
/// exact value, as in the authors' code.
[[nodiscard]] constexpr std::int64_t scaled_channels(std::int64_t channels, double width) {
  constexpr double most = 1e15;  // far beyond the capacity of any memory
  double wish = static_cast<double>(channels) * width;
  if (!(wish < most)) wish = most;
  std::int64_t result = static_cast<std::int64_t>(wish + 4) / 8 * 8;
  if (result < 8) result = 8;
  return static_cast<double>(result) < 0.9 * wish ? result + 8 : result;
}

/// Appends a convolution with batch norm, or with a bias if batch norm is folded.
[[nodiscard]] constexpr Tensor mobile_conv(Tensor x, std::int64_t filters, std::int64_t kernel,
                                           std::int64_t stride, std::string_view name,
                                           const MobileNetV2Options& options,
                                           std::int64_t groups = 1) {
  if (!options.folded) return conv_norm(x, filters, kernel, stride, name, groups);
  return nn::conv2d(x, filters, kernel, name, {.conv = square_conv(stride, kernel / 2, groups)});
}

/// Appends an expanding 1x1, a depthwise 3x3 and a linear projecting 1x1 convolution, with a
/// shortcut where shapes match.
[[nodiscard]] constexpr Tensor inverted_residual(Tensor x, std::int64_t expansion,
                                                 std::int64_t filters, std::int64_t stride,
                                                 std::string_view name,
                                                 const MobileNetV2Options& options) {
  const auto scope = x.graph->scope(name);
  const std::int64_t channels = x.shape()[-1].constant;
  const std::int64_t wide = channels * expansion;
  Tensor y = x;
  if (expansion != 1) y = relu6(mobile_conv(y, wide, 1, 1, "expand", options));
  y = relu6(mobile_conv(y, wide, 3, stride, "depthwise", options, wide));
  y = mobile_conv(y, filters, 1, 1, "project", options);
  return stride == 1 && channels == filters ? x + y : y;
}
}  // namespace detail

/// Builds MobileNetV2 (Sandler and others, 2018, table 2). Inputs "x" f32[batch,size,size,3] and
/// "label" i32[batch]; 3.5 million parameters at width 1 with 1000 classes.
[[nodiscard]] constexpr Model mobilenet_v2(Graph& g, const MobileNetV2Options& options) {
  struct Stage {
    std::int64_t expansion, channels;
    int blocks;
    std::int64_t stride;
  };
  constexpr std::array<Stage, 7> stages{{{1, 16, 1, 1},
                                         {6, 24, 2, 2},
                                         {6, 32, 3, 2},
                                         {6, 64, 4, 2},
                                         {6, 96, 3, 1},
                                         {6, 160, 3, 2},
                                         {6, 320, 1, 1}}};
  Tensor x = g.input("x", {batch, options.size, options.size, 3});
  x = relu6(
      detail::mobile_conv(x, detail::scaled_channels(32, options.width), 3, 2, "stem", options));
  int number = 0;
  for (const Stage& stage : stages)
    for (int block = 0; block < stage.blocks; ++block)
      x = detail::inverted_residual(
          x, stage.expansion, detail::scaled_channels(stage.channels, options.width),
          block == 0 ? stage.stride : 1, nn::numbered("block", number++), options);
  const std::int64_t last = options.width > 1 ? detail::scaled_channels(1280, options.width) : 1280;
  x = relu6(detail::mobile_conv(x, last, 1, 1, "head", options));
  return detail::classify(g, mean(x, {1, 2}), options.classes);
}

/// MobileNetV2 of width 1 for images of 224x224 and 1000 classes.
inline constexpr auto mobilenet_v2_224 = [](Graph& g) { return mobilenet_v2(g, {}); };
/// Width 0.35 on 128x128 images, for devices.
inline constexpr auto mobilenet_v2_small = [](Graph& g) {
  return mobilenet_v2(g, {.width = 0.35, .size = 128});
};

/// mobilenet_v2_small with batch norm folded into the convolutions.
inline constexpr auto mobilenet_v2_folded = [](Graph& g) {
  return mobilenet_v2(g, {.width = 0.35, .size = 128, .folded = true});
};

}  // namespace foregraph::models
