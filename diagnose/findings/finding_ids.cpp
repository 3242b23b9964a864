#include <algorithm>
#include <array>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/diagnose/findings/finding_ids.hpp>

namespace foregraph {
namespace {

constexpr auto ids_in_order =
    std::to_array<std::string_view>({"class-mix",
                                     "target-order",
                                     "batches-too-even",
                                     "small-shuffle-buffer",
                                     "batch-larger-than-data",
                                     "epoch-without-batches",
                                     "one-sample-batch-norm",
                                     "tiny-batch-with-batch-norm",
                                     "one-sample-tail-with-batch-norm",
                                     "field-does-not-match",
                                     "sample-cannot-be-read",
                                     "label-out-of-range",
                                     "index-out-of-range",
                                     "labels-of-one-class",
                                     "constant-target",
                                     "unbalanced-classes",
                                     "unused-classes",
                                     "target-outside-0-to-1",
                                     "target-is-no-distribution",
                                     "target-scale",
                                     "label-is-a-feature",
                                     "nan-in-data",
                                     "constant-features",
                                     "all-features-constant",
                                     "features-0-to-255",
                                     "feature-scales-differ",
                                     "feature-scale",
                                     "feature-offset",
                                     "duplicate-rows",
                                     "evaluation-overlaps-training",
                                     "evaluation-of-one-class",
                                     "evaluation-labels-differ",
                                     "evaluation-targets-differ",
                                     "evaluation-preprocessed-differently",
                                     "evaluation-statistics-differ",
                                     "over-memory-budget",
                                     "activation-before-loss",
                                     "prediction-outside-0-to-1",
                                     "target-outside-output",
                                     "hinge-labels",
                                     "softmax-over-batch",
                                     "softmax-over-wrong-axis",
                                     "loss-is-maximised",
                                     "penalty-above-loss",
                                     "dropout-rate",
                                     "weight-decay",
                                     "optimizer-setting",
                                     "loss-mixes-samples",
                                     "loss-not-finite",
                                     "gradient-not-finite",
                                     "gradient-is-zero",
                                     "parameter-without-gradient",
                                     "vanishing-gradients",
                                     "dead-units",
                                     "saturated-units",
                                     "loss-at-start",
                                     "learning-rate-too-high",
                                     "learning-rate-too-low",
                                     "batch-below-noise-scale",
                                     "batch-above-noise-scale",
                                     "input-bottleneck",
                                     "loss-explodes",
                                     "loss-oscillates",
                                     "divergence"});

}  // namespace

std::span<const std::string_view> finding_ids() {
  return ids_in_order;
}

void check_finding_ids(std::span<const std::string> ids, std::string_view who) {
  for (const std::string& id : ids) {
    if (std::find(ids_in_order.begin(), ids_in_order.end(), id) != ids_in_order.end()) continue;
    std::string known;
    for (const std::string_view each : ids_in_order)
      known += (known.empty() ? "" : ", ") + std::string(each);
    throw UsageError(std::string(who) + ": there is no finding '" + id + "'; the findings are " +
                     known);
  }
}

bool is_silenced(std::span<const std::string> silenced, std::string_view id) {
  return std::find(silenced.begin(), silenced.end(), id) != silenced.end();
}

}  // namespace foregraph
