// A learning rate in place of an optimizer.
// EXPECT: the argument is not an optimizer: expected adam\(\), sgd\(\), adamw\(\), ... or an object
// EXPECT: 'constexpr void apply\(fg::Graph&, std::span<const fg::Gradient>\) const'
// EXPECT-GCC: trainer_no_optimizer\.cpp:16:.*required from here
// EXPECT-CLANG: trainer_no_optimizer\.cpp:16:.*instantiation of
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  return fg::Model{.loss = fg::mean(fg::nn::dense(x, 1, "out"))};
};

int main() {
  fg::Trainer<model> trainer{1e-3};
}
