// Trainer of a model all of whose parameters are frozen.
// EXPECT: graph_is_ill_formed<.*fault::model_has_no_parameters, .*divide_op, .*at_line<10>
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  auto y = fg::stop_gradient(fg::nn::dense(x, 1, "out"));
  return fg::Model{.loss = fg::mean(y)};
};

int main() {
  fg::Trainer<model> trainer{fg::optim::adamw()};
}
