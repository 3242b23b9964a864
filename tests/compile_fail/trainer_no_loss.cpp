// Trainer of a model function that gives no loss.
// EXPECT: graph_is_ill_formed<.*fault::model_has_no_loss, .*model_op
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  return fg::Model{.loss = {}, .outputs = {fg::dense(x, 1, "out")}};
};

int main() {
  fg::Trainer<model> trainer{fg::clip_by_value(fg::sgd(), 1)};
}
