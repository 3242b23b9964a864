// Why does training fail only when I set a batch size? Third case: memory.
//
// A batch of 10,000 samples does not fit the budget. It is refused before anything is allocated,
// with the largest batch that fits, and training continues with that one.
#include <cstdint>
#include <cstdio>
#include <foregraph/budget.hpp>
#include <foregraph/foregraph.hpp>
#include <random>
#include <vector>

namespace fg = foregraph;
using namespace fg::literals;

constexpr auto wide = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 100});
  auto y = g.input("label", {fg::batch, 1});
  auto h = fg::relu(fg::nn::dense(x, 32, "hidden"));
  auto p = fg::sigmoid(fg::nn::dense(h, 1, "out"));
  return fg::Model{.loss = fg::nn::binary_cross_entropy(p, y), .outputs = {p}};
};

namespace {

fg::data::Dataset wide_data() {
  constexpr int samples = 100'000;
  std::mt19937 generator(5);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> x;
  std::vector<float> y;
  x.reserve(samples * 100);
  for (int i = 0; i < samples; ++i) {
    float sum = 0;
    for (int k = 0; k < 100; ++k) {
      x.push_back(uniform(generator));
      sum += k < 10 ? x.back() : 0.0F;
    }
    y.push_back(sum > 0 ? 1.0F : 0.0F);
  }
  return fg::data::Dataset().add("x", {100}, std::move(x)).add("label", {1}, std::move(y));
}

}  // namespace

int main() {
  constexpr fg::Bytes budget = 4_MiB;
  constexpr int prefetch = 2;
  const fg::data::Dataset data = wide_data();
  fg::Trainer<wide> trainer{fg::optim::adam(), {.memory_budget = budget}};
  const fg::data::Pipeline shuffled = fg::data::from(data).shuffle(42).prefetch(prefetch);

  std::printf("100,000 samples of 100 features; the budget for training is %s.\n\n",
              to_string(budget).c_str());
  std::printf("What can be known of batches of 10,000 before the first step:\n\n%s\n",
              trainer.preflight(shuffled.batch(10'000)).to_text(88).c_str());
  std::printf("If you ask for them anyway, the trainer refuses before it allocates:\n");
  bool refused = false;
  try {
    trainer.fit(shuffled.batch(10'000), {.epochs = 1, .preflight = false});
  } catch (const fg::BudgetError& error) {
    refused = true;
    std::printf("  %s\n\n", error.what());
  }

  // The pipeline needs memory too, mostly for the order of the samples.
  const std::int64_t largest = fg::largest_batch(
      trainer.step_graph(), budget,
      {.input_buffers = prefetch + 1, .other_bytes = shuffled.batch(10'000).own_bytes().count});
  std::printf("The largest batch that fits is %lld. Training with that:\n",
              static_cast<long long>(largest));
  const fg::History history = trainer.fit(shuffled.batch(largest), {.epochs = 5});
  for (const fg::EpochResult& epoch : history)
    std::printf("  epoch %lld: loss %.4f, %.2f s\n", static_cast<long long>(epoch.epoch + 1),
                epoch.loss, epoch.seconds);
  std::printf("\nPlanned %s, allocated %s, within the budget of %s.\n",
              to_string(trainer.plan().peak()).c_str(), to_string(trainer.allocated()).c_str(),
              to_string(budget).c_str());
  return refused && trainer.allocated() <= budget && history.back().loss < history.front().loss ? 0
                                                                                                : 1;
}
