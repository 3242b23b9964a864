#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// w1 to w8 with libtorch: the same models, losses, optimizers and batches as in workloads.hpp.
namespace peer {

using torch::Tensor;
namespace nn = torch::nn;

/// Creates a training step, ready to be called, with all its data.
struct Workload {
  std::string name;
  std::function<std::function<void()>()> make;
};

/// Returns the training step of `module` (forward, backward, update); loss(x) runs the forward
/// pass.
template <class Module, class Optimizer, class Loss>
std::function<void()> training(Module module, std::shared_ptr<Optimizer> optimizer, Loss loss) {
  return [=] {
    optimizer->zero_grad();
    loss(module).backward();
    optimizer->step();
  };
}

template <class Module>
auto adam(Module& module) {
  return std::make_shared<torch::optim::Adam>(module->parameters(), 1e-3);
}
template <class Module>
auto momentum(Module& module) {
  return std::make_shared<torch::optim::SGD>(module->parameters(),
                                             torch::optim::SGDOptions(0.01).momentum(0.9));
}

inline Tensor classes(std::vector<int64_t> shape, int64_t count = 10) {
  return torch::randint(count, shape, torch::kLong);
}
inline Tensor ones_and_zeros(int64_t rows) {
  return torch::randint(2, {rows, 1}, torch::kFloat);
}

inline std::function<void()> w1() {
  nn::Sequential model(nn::Linear(10, 1), nn::Sigmoid());
  const Tensor x = torch::randn({32, 10});
  const Tensor y = ones_and_zeros(32);
  return training(model, optim::adam(model),
                  [=](auto m) { return torch::binary_cross_entropy(m->forward(x), y); });
}

inline std::function<void()> w2(int64_t batch) {
  nn::Sequential model{nn::Linear(2, 1)};
  const Tensor x = torch::randn({batch, 2});
  const Tensor y = torch::randn({batch, 1});
  return training(model, optim::adam(model),
                  [=](auto m) { return torch::mse_loss(m->forward(x), y); });
}

inline std::function<void()> w3(int64_t batch) {
  nn::Sequential model(nn::Linear(100, 32), nn::ReLU(), nn::Linear(32, 1), nn::Sigmoid());
  const Tensor x = torch::randn({batch, 100});
  const Tensor y = ones_and_zeros(batch);
  return training(model, optim::adam(model),
                  [=](auto m) { return torch::binary_cross_entropy(m->forward(x), y); });
}

inline nn::Sequential mlp() {
  return nn::Sequential(nn::Linear(784, 512), nn::ReLU(), nn::Linear(512, 512), nn::ReLU(),
                        nn::Linear(512, 10));
}
inline nn::Sequential lenet() {
  return nn::Sequential(nn::Conv2d(1, 6, 5), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(6, 16, 5),
                        nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(256, 120),
                        nn::ReLU(), nn::Linear(120, 84), nn::ReLU(), nn::Linear(84, 10));
}

inline std::function<void()> w4() {
  nn::Sequential model = mlp();
  const Tensor x = torch::randn({128, 784});
  const Tensor y = classes({128});
  return training(model, optim::adam(model),
                  [=](auto m) { return torch::cross_entropy_loss(m->forward(x), y); });
}

inline std::function<void()> w5() {
  nn::Sequential model = lenet();
  const Tensor x = torch::randn({64, 1, 28, 28});
  const Tensor y = classes({64});
  return training(model, momentum(model),
                  [=](auto m) { return torch::cross_entropy_loss(m->forward(x), y); });
}

struct ConvNormImpl : nn::Module {
  ConvNormImpl(int64_t in, int64_t out, int64_t kernel, int64_t stride)
      : conv(register_module("conv", nn::Conv2d(nn::Conv2dOptions(in, out, kernel)
                                                    .stride(stride)
                                                    .padding(kernel / 2)
                                                    .bias(false)))),
        norm(register_module("norm", nn::BatchNorm2d(out))) {}
  Tensor forward(const Tensor& x) { return norm(conv(x)); }
  nn::Conv2d conv;
  nn::BatchNorm2d norm;
};
TORCH_MODULE(ConvNorm);

struct BlockImpl : nn::Module {
  BlockImpl(int64_t in, int64_t out, int64_t stride)
      : first(register_module("first", ConvNorm(in, out, 3, stride))),
        second(register_module("second", ConvNorm(out, out, 3, 1))) {
    if (in != out) shortcut = register_module("shortcut", ConvNorm(in, out, 1, stride));
  }
  Tensor forward(const Tensor& x) {
    const Tensor y = second(torch::relu(first(x)));
    return torch::relu(y + (shortcut.is_empty() ? x : shortcut(x)));
  }
  ConvNorm first, second, shortcut{nullptr};
};
TORCH_MODULE(Block);

inline std::function<void()> w6() {
  nn::Sequential model(ConvNorm(3, 16, 3, 1), nn::ReLU());
  int64_t in = 16;
  for (const int64_t out : {16, 32, 64})
    for (int block = 0; block < 3; ++block) {
      model->push_back(Block(in, out, in == out ? 1 : 2));
      in = out;
    }
  model->push_back(nn::AdaptiveAvgPool2d(1));
  model->push_back(nn::Flatten());
  model->push_back(nn::Linear(64, 10));
  const Tensor x = torch::randn({32, 3, 32, 32});
  const Tensor y = classes({32});
  return training(model, momentum(model),
                  [=](auto m) { return torch::cross_entropy_loss(m->forward(x), y); });
}

struct SequenceImpl : nn::Module {
  SequenceImpl()
      : lstm(register_module("lstm", nn::LSTM(nn::LSTMOptions(64, 256).batch_first(true)))),
        logits(register_module("logits", nn::Linear(256, 10))) {}
  Tensor forward(const Tensor& x) { return logits(std::get<0>(lstm(x)).select(1, 31)); }
  nn::LSTM lstm;
  nn::Linear logits;
};
TORCH_MODULE(Sequence);

inline std::function<void()> w7() {
  Sequence model;
  const Tensor x = torch::randn({32, 32, 64});
  const Tensor y = classes({32});
  return training(model, optim::adam(model),
                  [=](auto m) { return torch::cross_entropy_loss(m->forward(x), y); });
}

struct TransformerBlockImpl : nn::Module {
  TransformerBlockImpl()
      : norm1(register_module("norm1", nn::LayerNorm(nn::LayerNormOptions({128})))),
        norm2(register_module("norm2", nn::LayerNorm(nn::LayerNormOptions({128})))),
        qkv(register_module("qkv", nn::Linear(128, 384))),
        out(register_module("out", nn::Linear(128, 128))),
        wide(register_module("wide", nn::Linear(128, 512))),
        narrow(register_module("narrow", nn::Linear(512, 128))) {}
  Tensor forward(Tensor x, const Tensor& mask) {
    const auto parts = qkv(norm1(x)).view({16, 128, 3, 4, 32}).permute({2, 0, 3, 1, 4}).unbind(0);
    const Tensor scores =
        torch::matmul(parts[0], parts[1].transpose(-1, -2)) * (1 / std::sqrt(32.0)) + mask;
    const Tensor heads = torch::matmul(torch::softmax(scores, -1), parts[2]);
    x = x + out(heads.transpose(1, 2).reshape({16, 128, 128}));
    return x + narrow(torch::gelu(wide(norm2(x))));
  }
  nn::LayerNorm norm1, norm2;
  nn::Linear qkv, out, wide, narrow;
};
TORCH_MODULE(TransformerBlock);

struct TransformerImpl : nn::Module {
  TransformerImpl()
      : token(register_module("token", nn::Embedding(96, 128))),
        position(register_parameter("position", torch::randn({128, 128}))),
        norm(register_module("norm", nn::LayerNorm(nn::LayerNormOptions({128})))),
        mask(torch::full({128, 128}, -1e9).triu(1)) {
    for (int i = 0; i < 4; ++i)
      blocks.push_back(register_module("block" + std::to_string(i), TransformerBlock()));
  }
  Tensor forward(const Tensor& tokens) {
    Tensor x = token(tokens) + position;
    for (TransformerBlock& block : blocks) x = block->forward(x, mask);
    return torch::matmul(norm(x), token->weight.t());
  }
  nn::Embedding token;
  Tensor position;
  nn::LayerNorm norm;
  Tensor mask;
  std::vector<TransformerBlock> blocks;
};
TORCH_MODULE(Transformer);

inline std::function<void()> w8() {
  Transformer model;
  const Tensor x = classes({16, 128}, 96);
  const Tensor y = classes({16 * 128}, 96);
  auto optimizer = std::make_shared<torch::optim::AdamW>(model->parameters(), 1e-3);
  return training(model, optimizer, [=](auto m) {
    return torch::cross_entropy_loss(m->forward(x).view({16 * 128, 96}), y);
  });
}

inline std::vector<Workload> all() {
  return {{"w1_logistic/32", w1},
          {"w2_linear/16", [] { return w2(16); }},
          {"w2_linear/128", [] { return w2(128); }},
          {"w3_wide_data/32", [] { return w3(32); }},
          {"w3_wide_data/10000", [] { return w3(10'000); }},
          {"w4_mlp/128", w4},
          {"w5_lenet/64", w5},
          {"w6_resnet20/32", w6},
          {"w7_lstm/32", w7},
          {"w8_transformer/16", w8}};
}

}  // namespace peer
