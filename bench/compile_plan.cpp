// Compile time of a proof about a small model: scripts/bench_compile compiles this file.
#include <foregraph/plan.hpp>

namespace fg = foregraph;
using namespace fg::literals;

constexpr auto three_layers = [](fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 784});
  const fg::Tensor label = g.input("label", {fg::batch}, fg::i32);
  const fg::Tensor first = fg::relu(fg::nn::dense(x, 512, "first"));
  const fg::Tensor second = fg::relu(fg::nn::dense(first, 256, "second"));
  const fg::Tensor logits = fg::nn::dense(second, 10, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};
static_assert(fg::peak_memory<three_layers>(fg::optim::adam(), 128) < 16_MiB);
