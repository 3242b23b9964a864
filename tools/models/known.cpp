#include <foregraph/detail/all_models.hpp>
#include <foregraph/detail/tools/models/known.hpp>

namespace foregraph::models {

std::vector<NamedModel> known() {
  return {
      {"w1_logistic", "dense 10-1, sigmoid; binary cross-entropy", w1_logistic},
      {"w2_linear", "dense 2-1; mean squared error", w2_linear},
      {"w3_wide_data", "dense 100-32-1, relu, sigmoid; binary cross-entropy", w3_wide_data},
      {"w4_mlp", "dense 784-512-512-10, relu; softmax cross-entropy", w4_mlp},
      {"w5_lenet", "two 5x5 convolutions and three dense layers on 28x28", w5_lenet},
      {"w6_resnet20", "ResNet-20 for CIFAR, 32x32", w6_resnet20},
      {"w7_lstm", "LSTM of 256 units over 32 steps of 64 features", w7_lstm},
      {"w8_transformer", "decoder: 4 layers of width 128, context 128", w8_transformer},
      {"resnet18", "ResNet-18, 224x224, 1000 classes", resnet18},
      {"mobilenet_v2", "MobileNetV2, 224x224, 1000 classes", mobilenet_v2_224},
      {"mobilenet_v2_small", "MobileNetV2 of width 0.35, 128x128", mobilenet_v2_small},
      {"mobilenet_v2_folded", "mobilenet_v2 with batch norm folded into the convolutions",
       mobilenet_v2_folded},
      {"vgg16", "VGG-16, 224x224, 1000 classes", vgg16_imagenet},
      {"vgg16_cifar100", "VGG-16, 32x32, 100 classes", vgg16_cifar100},
      {"gpt2_small", "GPT-2 small: 12 layers of width 768, context 1024", gpt2_small},
  };
}

}  // namespace foregraph::models
