// Two shapes do not broadcast.
// EXPECT: graph_is_ill_formed<.*fault::shapes_do_not_broadcast, .*multiply_op, .*at_line<11>
// EXPECT: at_line<11>, .*f32<.*batch, .*n<10> ?>, .*f32<.*n<3> ?>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 10});
  auto w = g.parameter("w", {3});
  auto y = x * w;
  return fg::Model{.loss = fg::mean(y)};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
