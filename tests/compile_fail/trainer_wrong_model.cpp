// Trainer of a model whose image was not flattened before a dense layer.
// EXPECT: graph_is_ill_formed<.*matmul_operands_must_be_matrices, .*matmul_op, .*at_line<12>
// EXPECT: at_line<12>, .*f32<.*batch, .*n<26>, .*n<26>, .*n<8> ?>
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 28, 28, 1});
  auto y = g.input("label", {fg::batch}, fg::i32);
  auto h = fg::relu(fg::nn::conv2d(x, 8, 3, "conv"));
  auto logits = fg::nn::dense(h, 10, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
};

int main() {
  fg::Trainer<model> trainer{fg::optim::adam()};
}
