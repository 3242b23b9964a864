// The function that makes an optimizer in place of the optimizer.
// EXPECT: the argument is not an optimizer: expected adam\(\), sgd\(\), adamw\(\), ... or an object
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  return fg::Model{.loss = fg::mean(fg::nn::dense(x, 1, "out"))};
};

static_assert(fg::peak_memory<model>(fg::optim::adam, 32).count > 0);
