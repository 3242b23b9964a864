// Labels of shape [batch,10] (one-hot) where one integer per row is expected.
// EXPECT: graph_is_ill_formed<.*labels_must_be_one_integer_per_row, .*softmax_.*, .*at_line<12>
// EXPECT: at_line<12>, .*f32<.*batch, .*n<10> ?>, .*i32<.*batch, .*n<10> ?>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  auto y = g.input("label", {fg::batch, 10}, fg::i32);
  auto logits = fg::nn::dense(x, 10, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, y)};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 32).count > 0);
