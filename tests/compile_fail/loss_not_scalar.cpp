// A loss that is not a scalar.
// EXPECT: graph_is_ill_formed<.*fault::loss_is_not_a_scalar, .*add_op, .*at_line<10>
// EXPECT: at_line<10>, .*f32<.*batch, .*n<3> ?>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  auto y = fg::nn::dense(x, 3, "out");
  return fg::Model{.loss = y};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
