// Your own models get the command line of the foregraph tool by one call in your main:
//
//     own_models models
//     own_models plan --model autoencoder --batch 1,64,4096 --budget 1MiB
//     own_models graph --model deep --dot | dot -Tsvg > deep.svg
#include <foregraph/plan.hpp>
#include <foregraph/tools/command_line.hpp>
#include <string>

namespace fg = foregraph;

namespace {

fg::Model autoencoder(fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 64});
  auto code = fg::tanh(fg::dense(x, 8, "encoder"));
  auto restored = fg::dense(code, 64, "decoder");
  return {.loss = fg::mean_squared_error(restored, x), .outputs = {code, restored}};
}

/// A model whose depth is known at run time only.
auto deep(int layers) {
  return [layers](fg::Graph& g) {
    fg::Tensor h = g.input("x", {fg::batch, 32});
    auto y = g.input("label", {fg::batch}, fg::i32);
    for (int i = 0; i < layers; ++i) h = fg::relu(fg::dense(h, 32, "layer" + std::to_string(i)));
    auto logits = fg::dense(h, 5, "logits");
    return fg::Model{.loss = fg::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

}  // namespace

int main(int argc, char** argv) {
  return fg::command_line(argc, argv,
                          {{"autoencoder", "dense 64-8-64, tanh", autoencoder},
                           {"deep", "20 dense layers of 32", deep(20)}});
}
