// Predictor of a model whose loss is one number for each sample.
// EXPECT: graph_is_ill_formed<.*fault::loss_is_not_a_scalar, .*, .*at_line<10>, .*f32<.*batch
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  auto y = g.parameter("w", {20}, fg::uniform(0.1));
  return fg::Model{.loss = fg::sum(x * y, {1})};
};

int main() {
  fg::Predictor<model> predictor{"model.safetensors"};
}
