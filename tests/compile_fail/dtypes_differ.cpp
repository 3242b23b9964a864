// f32 meets f64: nothing is converted silently.
// EXPECT: graph_is_ill_formed<.*fault::dtypes_differ, .*add_op, .*at_line<11>
// EXPECT: at_line<11>, .*f64<.*batch, .*n<10> ?>, .*f32<.*batch, .*n<10> ?>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 10}, fg::f64);
  auto w = g.parameter("w", {10});
  auto y = fg::add(x, w);
  return fg::Model{.loss = fg::mean(y)};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
