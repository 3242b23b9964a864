// The peak of a 3-layer perceptron, proven by the compiler. Includes the planning header only, as
// a user's file would; compiles in under 3 s.

#include <foregraph/plan.hpp>

namespace fg = foregraph;
using namespace fg::literals;

constexpr auto perceptron = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 784});
  auto y = g.input("label", {fg::batch}, fg::i32);
  auto h1 = fg::relu(fg::nn::dense(x, 512, "hidden1"));
  auto h2 = fg::relu(fg::nn::dense(h1, 512, "hidden2"));
  auto logits = fg::nn::dense(h2, 10, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
};

static_assert(fg::peak_memory<perceptron>(fg::optim::adam(), 128) < 16_MiB);

#if defined(XTENSOR_VERSION_MAJOR) || defined(XSIMD_VERSION_MAJOR) || defined(CBLAS_H)
#error "<foregraph/plan.hpp> must not include the runtime's libraries"
#endif
