#include <algorithm>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/metrics.hpp>
#include <string>

namespace foregraph {

double binary_accuracy(std::span<const float> probabilities, std::span<const float> targets) {
  if (probabilities.empty() || probabilities.size() != targets.size())
    throw UsageError("binary_accuracy: got " + std::to_string(probabilities.size()) +
                     " probabilities and " + std::to_string(targets.size()) +
                     " targets, expected as many of both and at least one");
  std::size_t right = 0;
  for (std::size_t i = 0; i < targets.size(); ++i)
    right += (probabilities[i] > 0.5F) == (targets[i] > 0.5F) ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(targets.size());
}

double accuracy(std::span<const float> scores, std::span<const std::int32_t> labels) {
  if (labels.empty() || scores.empty() || scores.size() % labels.size() != 0)
    throw UsageError("accuracy: got " + std::to_string(scores.size()) + " scores for " +
                     std::to_string(labels.size()) +
                     " labels, expected the same number of scores for each label");
  const std::size_t classes = scores.size() / labels.size();
  std::size_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = scores.subspan(i * classes, classes);
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    right += best == labels[i] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

}  // namespace foregraph
