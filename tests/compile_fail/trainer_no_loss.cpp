// Trainer of a model function that gives no loss.
// EXPECT: graph_is_ill_formed<.*fault::model_has_no_loss, .*model_op
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  return fg::Model{.loss = {}, .outputs = {fg::nn::dense(x, 1, "out")}};
};

int main() {
  fg::Trainer<model> trainer{fg::optim::clip_by_value(fg::optim::sgd(), 1)};
}
