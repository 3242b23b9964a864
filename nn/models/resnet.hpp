#pragma once

#include <foregraph/detail/nn/layers/batch_norm.hpp>
#include <foregraph/detail/nn/layers/conv.hpp>
#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/nn/layers/numbered.hpp>
#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/image/max_pool2d.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

/// Residual networks (He and others, 2016). Inputs "x" f32[batch,size,size,3] and "label"
/// i32[batch]; mean softmax cross-entropy.
namespace foregraph::models {

namespace detail {
/// Appends a square convolution without bias, padded so that stride 1 keeps the size, and batch
/// norm.
[[nodiscard]] constexpr Tensor conv_norm(Tensor x, std::int64_t filters, std::int64_t kernel,
                                         std::int64_t stride, std::string_view name,
                                         std::int64_t groups = 1) {
  const auto scope = x.graph->scope(name);
  const Tensor y = nn::conv2d(x, filters, kernel, "conv",
                              {.conv = square_conv(stride, kernel / 2, groups), .bias = false});
  return nn::batch_norm(y, "norm");
}

/// Appends two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the shape changes.
[[nodiscard]] constexpr Tensor residual_block(Tensor x, std::int64_t filters, std::int64_t stride,
                                              std::string_view name) {
  const auto scope = x.graph->scope(name);
  Tensor y = conv_norm(x, filters, 3, stride, "first");
  y = conv_norm(relu(y), filters, 3, 1, "second");
  const bool same = stride == 1 && x.shape()[-1] == Dim{filters};
  const Tensor shortcut = same ? x : conv_norm(x, filters, 1, stride, "shortcut");
  return relu(y + shortcut);
}

[[nodiscard]] constexpr Model classify(Graph& g, Tensor features, std::int64_t classes) {
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(features, classes, "logits");
  const Tensor loss = nn::softmax_cross_entropy(logits, label);
  return {.loss = loss, .outputs = {logits}};
}
}  // namespace detail

/// Sizes of the ResNet for small images.
struct CifarResNetOptions {
  int blocks = 3;             ///< per stage; 6 * blocks + 2 layers
  std::int64_t size = 32;     ///< height and width of the images in pixels
  std::int64_t width = 16;    ///< filters of the first of three stages
  std::int64_t classes = 10;  ///< number of classes
};

/// Builds the CIFAR ResNet of section 4.2: three stages at full, half and quarter size. Where the
/// shape changes the shortcut is a 1x1 convolution with batch norm (the paper's option B).
[[nodiscard]] constexpr Model cifar_resnet(Graph& g, const CifarResNetOptions& options) {
  Tensor x = g.input("x", {batch, options.size, options.size, 3});
  x = relu(detail::conv_norm(x, options.width, 3, 1, "stem"));
  for (int stage = 0; stage < 3; ++stage) {
    const auto scope = g.scope(nn::numbered("stage", stage));
    for (int block = 0; block < options.blocks; ++block)
      x = detail::residual_block(x, options.width << stage, stage > 0 && block == 0 ? 2 : 1,
                                 nn::numbered("block", block));
  }
  return detail::classify(g, mean(x, {1, 2}), options.classes);
}

/// ResNet-20 for CIFAR-10: 32x32 images, 0.27 million parameters.
inline constexpr auto w6_resnet20 = [](Graph& g) { return cifar_resnet(g, {}); };

/// ResNet-18 for 224x224 images in 1000 classes: 11.7 million parameters.
inline constexpr auto resnet18 = [](Graph& g) {
  Tensor x = g.input("x", {batch, 224, 224, 3});
  x = relu(detail::conv_norm(x, 64, 7, 2, "stem"));
  x = max_pool2d(x, square_pool(3, 2, 1));
  for (int stage = 0; stage < 4; ++stage) {
    const auto scope = g.scope(nn::numbered("stage", stage));
    for (int block = 0; block < 2; ++block)
      x = detail::residual_block(x, std::int64_t{64} << stage, stage > 0 && block == 0 ? 2 : 1,
                                 nn::numbered("block", block));
  }
  return detail::classify(g, mean(x, {1, 2}), 1000);
};

}  // namespace foregraph::models
