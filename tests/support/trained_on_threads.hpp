#pragma once

#include <cstdint>
#include <foregraph/foregraph.hpp>
#include <random>
#include <vector>

namespace foregraph::test {

/// All variables after two steps of SGD on random numbers for the one input, "x", of floats.
inline std::vector<float> trained_on_threads(int threads, const Graph& graph, const Model& model,
                                             std::int64_t batch_size, double rate) {
  Trainer trainer{graph, model, optim::sgd(rate), {.threads = threads}};
  trainer.prepare(batch_size);
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& v : trainer.input<float>("x")) v = uniform(random);
  for (int step = 0; step < 2; ++step) trainer.step();
  std::vector<float> result;
  for (const Variable& variable : trainer.step_graph().variables) {
    const auto values = trainer.variable<float>(full_name(trainer.step_graph(), variable.node));
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

}  // namespace foregraph::test
