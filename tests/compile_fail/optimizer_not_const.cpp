// An optimizer of the user's own whose apply() is not const, for a model known at run time.
// EXPECT: the argument is not an optimizer: expected adam\(\), sgd\(\), adamw\(\), ... or an object
// EXPECT: 'constexpr void apply\(fg::Graph&, std::span<const fg::Gradient>\) const'
#include <foregraph/foregraph.hpp>

namespace fg = foregraph;

struct Mine {
  void apply(fg::Graph&, std::span<const fg::optim::Gradient>) {}
};

int main() {
  fg::Graph g;
  auto x = g.input("x", {fg::batch, 20});
  auto y = fg::nn::dense(x, 1, "out");
  fg::Trainer trainer{g, fg::Model{.loss = fg::mean(y)}, Mine{}};
}
