#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/train/metrics/metric_shapes.hpp>
#include <string>
#include <vector>

namespace foregraph {
namespace {

using Dims = std::vector<Dim>;

Dims dims_of(const Node& node) {
  Dims dims;
  for (int axis = 0; axis < node.shape.rank; ++axis)
    if (!node.shape[axis].is_one()) dims.push_back(node.shape[axis]);
  return dims;
}

/// Returns whether both have the same dimensions in different orders.
bool are_permuted(const Dims& a, const Dims& b) {
  return a != b && std::is_permutation(a.begin(), a.end(), b.begin(), b.end());
}

/// Returns whether removing one of the scores' dimensions gives the labels', but removing the last
/// does not.
bool has_classes_elsewhere(const Dims& scores, const Dims& labels) {
  if (scores.size() != labels.size() + 1) return false;
  if (std::equal(labels.begin(), labels.end(), scores.begin())) return false;
  for (std::size_t without = 0; without + 1 < scores.size(); ++without) {
    Dims rest = scores;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(without));
    if (rest == labels) return true;
  }
  return false;
}

}  // namespace

void check_metric_shapes(const Metric& metric, const Node& output, const Node& target) {
  if (metric.reads() != MetricReads::output_and_target) return;
  const Dims scores = dims_of(output);
  const Dims labels = dims_of(target);
  const bool permuted = are_permuted(scores, labels);
  if (!permuted && !has_classes_elsewhere(scores, labels)) return;
  throw UsageError("metric '" + metric.name() + "': output " + std::to_string(metric.output()) +
                   " is " + to_string(output.dtype, output.shape) + ", but its target is " +
                   to_string(target.dtype, target.shape) +
                   (permuted ? ", the same dimensions in another order"
                             : ", so that its classes are not the last dimension") +
                   "; reorder the output with permute() in the model");
}

}  // namespace foregraph
