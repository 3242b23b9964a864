// A model function that gives outputs, but no loss to train.
// EXPECT: graph_is_ill_formed<.*fault::model_has_no_loss, .*model_op
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  return fg::Model{.loss = {}, .outputs = {fg::nn::dense(x, 1, "out")}};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
