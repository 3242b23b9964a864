#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>
#include <string>

namespace foregraph {

double binary_accuracy(ListOf<float> probabilities, ListOf<float> targets) {
  if (probabilities.empty() || probabilities.size() != targets.size())
    throw UsageError("binary_accuracy: got " + std::to_string(probabilities.size()) +
                     " probabilities and " + std::to_string(targets.size()) +
                     " targets, expected the same number of both, at least one");
  return measure(metrics::binary_accuracy(),
                 metric_batch(probabilities.span(), targets.span(),
                              static_cast<std::int64_t>(targets.size())));
}

double accuracy(ListOf<float> scores, ListOf<std::int32_t> labels) {
  if (labels.empty() || scores.empty() || scores.size() % labels.size() != 0)
    throw UsageError("accuracy: got " + std::to_string(scores.size()) + " scores for " +
                     std::to_string(labels.size()) +
                     " labels, expected the same number of scores for each label");
  return measure(metrics::accuracy(), metric_batch(scores.span(), labels.span(),
                                                   static_cast<std::int64_t>(labels.size())));
}

}  // namespace foregraph
