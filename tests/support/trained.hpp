#pragma once

#include <foregraph/foregraph.hpp>
#include <vector>

namespace foregraph::test {

/// The result of a training, for comparison with that of another: the weights of the layer
/// "hidden", and the loss and the loader's workers of each epoch.
struct Trained {
  std::vector<float> weights{};
  std::vector<double> losses{};
  std::vector<int> workers{};
};

/// Returns the result of a finished fit().
[[nodiscard]] inline Trained trained(TrainerBase& trainer, const History& history) {
  Trained result;
  for (const EpochResult& epoch : history) {
    result.losses.push_back(epoch.loss);
    result.workers.push_back(epoch.loader.workers);
  }
  const auto weights = trainer.variable<float>("hidden/weight");
  result.weights.assign(weights.begin(), weights.end());
  return result;
}

}  // namespace foregraph::test
