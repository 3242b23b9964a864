// Two layers of one name.
// EXPECT: graph_is_ill_formed<.*fault::name_is_taken, .*variable_op, .*at_line<11>
// EXPECT: at_line<11>, .*f32<.*n<20>, .*n<1> ?>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  auto h = fg::relu(fg::nn::dense(x, 20, "hidden"));
  auto y = fg::nn::dense(h, 1, "hidden");
  return fg::Model{.loss = fg::mean(y)};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
