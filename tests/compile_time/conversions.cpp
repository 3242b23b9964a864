// Projects that compile with -Wconversion -Wsign-conversion see nothing of ours: neither in the
// public headers, of which the build makes this list, nor in the templates that programs use. The
// test adds these options, and -Werror.
#include <public_headers.hpp>

namespace fg = foregraph;
using namespace fg::literals;

constexpr auto model = [](fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 6, 6, 2});
  const fg::Tensor label = g.input("label", {fg::batch}, fg::i32);
  const fg::Tensor wide = fg::relu(fg::nn::batch_norm(fg::nn::conv2d(x, 4, 3, "wide"), "norm"));
  const fg::Tensor flat = fg::mean(wide, {1, 2});
  const fg::Tensor logits = fg::nn::dense(fg::dropout(flat, 0.1), 3, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};
static_assert(fg::peak_memory<model>(fg::optim::adam(), 8) < 1_MiB);

float train() {
  auto rows = fg::data::csv("rows.csv").shuffle(1).batch(8).prefetch(2);
  fg::Trainer<model> trainer{fg::optim::adam(1e-3), {.memory_budget = 1_MiB}};
  trainer.fit(rows, {.epochs = 1});
  fg::Predictor<model> predictor{"model.fgckpt"};
  return predictor.predict_as<float>(rows)[0];
}
