// A batch of no samples.
// EXPECT-GCC: error: call to non-'constexpr' function .*batch_size_must_be_at_least_1\(
// EXPECT-CLANG: non-constexpr function 'batch_size_must_be_at_least_1' cannot be used
// EXPECT: batch_zero\.cpp:14:.*error
#include <foregraph/plan.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 20});
  return fg::Model{.loss = fg::mean(fg::nn::dense(x, 1, "out"))};
};

static_assert(fg::peak_memory<model>(fg::optim::sgd(), 0).count > 0);
