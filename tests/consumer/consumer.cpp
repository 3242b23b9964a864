// What a user's project needs to work: a model planned by the compiler and trained by the library.
// Succeeds if it learns y = 2 a - b + 1.
#include <cstdio>
#include <foregraph/foregraph.hpp>
#include <vector>

namespace fg = foregraph;
using namespace fg::literals;

constexpr auto line = [](fg::Graph& g) {
  const auto x = g.input("x", {fg::batch, 2});
  const auto y = g.input("y", {fg::batch, 1});
  const auto prediction = fg::dense(x, 1, "line");
  return fg::Model{.loss = fg::mean_squared_error(prediction, y), .outputs = {prediction}};
};
static_assert(fg::peak_memory<line>(fg::sgd(), 16) < 4_KiB);

int main() {
  std::vector<float> x;
  std::vector<float> y;
  for (int i = 0; i < 256; ++i) {
    const float a = static_cast<float>(i % 16) / 8 - 1;
    const float b = static_cast<float>(i / 16) / 8 - 1;
    x.insert(x.end(), {a, b});
    y.push_back(2 * a - b + 1);
  }
  const fg::Dataset data = fg::Dataset().add("x", {2}, x).add("y", {1}, y);
  fg::Trainer<line> trainer{fg::sgd(0.1)};
  const fg::History history =
      trainer.fit(fg::from(data).shuffle(1).batch(16).prefetch(2), {.epochs = 30});
  std::printf("loss %g after %zu epochs\n", history.back().loss, history.size());
  return history.back().loss < 1e-6 ? 0 : 1;
}
