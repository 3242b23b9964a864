// The inner dimensions of a product differ.
// EXPECT: graph_is_ill_formed<.*fault::matmul_inner_dimensions_differ, .*matmul_op, .*at_line<11>
// EXPECT: at_line<11>, .*f32<.*batch, .*n<784> ?>, .*f32<.*n<512>, .*n<10>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 784});
  auto w = g.parameter("w", {512, 10});
  auto logits = fg::matmul(x, w);
  return fg::Model{.loss = fg::mean(logits)};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
