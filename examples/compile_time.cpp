// The compiler proves how much memory a training step needs before the program even exists.
//
// Increase the batch below to 8,192, or widen the hidden layer, and this file does not compile. A
// model with mismatched shapes does not compile either.
#include <cstdio>
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;
using namespace fg::literals;

constexpr auto classifier = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 784});
  auto y = g.input("label", {fg::batch}, fg::i32);
  auto h = fg::relu(fg::nn::dense(x, 128, "hidden1"));
  h = fg::relu(fg::nn::dense(h, 64, "hidden2"));
  auto logits = fg::nn::dense(h, 10, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
};

static_assert(fg::peak_memory<classifier>(fg::optim::adam(), 128) < 3_MiB);
static_assert(fg::peak_memory<classifier>(fg::optim::sgd(), 128) <
              fg::peak_memory<classifier>(fg::optim::adam(), 128));

int main() {
  // The same function also takes a batch size that is only known at run time.
  std::printf("A training step of the classifier with Adam needs\n");
  for (const int batch_size : {1, 32, 128, 1024, 8192})
    std::printf("  %10s at batch %d\n",
                to_string(fg::peak_memory<classifier>(fg::optim::adam(), batch_size)).c_str(),
                batch_size);

  // The allocation matches the promise.
  fg::Trainer<classifier> trainer{fg::optim::adam()};
  trainer.prepare(128);
  const bool equal = trainer.allocated() == fg::peak_memory<classifier>(fg::optim::adam(), 128);
  std::printf("Allocated for batch 128: %s, %s as proven by the compiler.\n",
              to_string(trainer.allocated()).c_str(), equal ? "exactly" : "NOT");
  return equal ? 0 : 1;
}
