#pragma once

#include <foregraph/detail/nn/models/resnet.hpp>
#include <foregraph/detail/ops/shape/squeeze.hpp>

namespace foregraph::models {

/// Sizes of vgg16().
struct VggOptions {
  std::int64_t size = 224;      ///< height and width of the images in pixels
  std::int64_t hidden = 4096;   ///< units of the two dense layers
  std::int64_t classes = 1000;  ///< number of classes
};

/// Builds VGG-16 (Simonyan and Zisserman, 2015, configuration D): thirteen 3x3 convolutions with
/// bias in five groups, each followed by max pooling, and three dense layers. Inputs "x"
/// f32[batch,size,size,3] and "label" i32[batch].
[[nodiscard]] constexpr Model vgg16(Graph& g, const VggOptions& options) {
  struct Group {
    int layers;
    std::int64_t filters;
  };
  constexpr std::array<Group, 5> groups{{{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}};
  Tensor x = g.input("x", {batch, options.size, options.size, 3});
  int number = 0;
  for (const Group& group : groups) {
    for (int layer = 0; layer < group.layers; ++layer)
      x = relu(
          conv2d(x, group.filters, 3, nn::numbered("conv", number++), {.conv = square_conv(1, 1)}));
    x = max_pool2d(x, square_pool(2, 2));
  }
  x = relu(nn::dense(flatten(x), options.hidden, "hidden1"));
  x = relu(nn::dense(x, options.hidden, "hidden2"));
  return detail::classify(g, x, options.classes);
}

/// VGG-16 for 224x224 images in 1000 classes: 138 million parameters.
inline constexpr auto vgg16_imagenet = [](Graph& g) { return vgg16(g, {}); };
/// VGG-16 for 32x32 images in 100 classes, with dense layers of 512 units.
inline constexpr auto vgg16_cifar100 = [](Graph& g) {
  return vgg16(g, {.size = 32, .hidden = 512, .classes = 100});
};

}  // namespace foregraph::models
