// A concatenation with more elements than 64 bits can count.
// EXPECT: graph_is_ill_formed<.*fault::size_overflows, .*concat_op, .*at_line<11>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto w = g.parameter("w", {1}, fg::uniform(0.1));
  auto x = g.input("x", {std::int64_t{1} << 62}, fg::boolean);
  auto five = g.input("five", {5}, fg::boolean);
  auto all = fg::concat({x, x, x, x, five}, 0);
  return fg::Model{.loss = fg::sum(w * fg::cast(all, fg::f32))};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 1).count > 0);
