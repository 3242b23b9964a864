// A model without anything to train.
// EXPECT: graph_is_ill_formed<.*fault::model_has_no_parameters, .*divide_op, .*at_line<9>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  return fg::Model{.loss = fg::mean(x)};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
