// Predictor of a model with inner dimensions that differ.
// EXPECT: graph_is_ill_formed<.*matmul_inner_dimensions_differ, .*matmul_op, .*at_line<11>
// EXPECT: at_line<11>, .*f32<.*batch, .*n<20> ?>, .*f32<.*n<30>, .*n<10> ?>
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  auto w = g.parameter("w", {30, 10}, fg::uniform(0.1));
  auto y = fg::matmul(x, w);
  return fg::Model{.loss = fg::mean(y), .outputs = {y}};
};

int main() {
  fg::Predictor<model> predictor{"model.safetensors"};
}
