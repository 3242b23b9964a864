// [batch] against [batch,1]: the size would grow with the square of the batch.
// EXPECT: graph_is_ill_formed<.*size_is_not_affine_in_the_batch, .*subtract_op, .*at_line<12>
// EXPECT: at_line<12>, .*f32<.*batch, .*n<1> ?>, .*f32<.*batch ?>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  auto y = g.input("y", {fg::batch});
  auto p = fg::nn::dense(x, 1, "out");
  auto error = p - y;
  return fg::Model{.loss = fg::mean(error * error)};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
