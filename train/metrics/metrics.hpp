#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/train/metrics/metric.hpp>

namespace foregraph {

/// The library's metrics. All are weighted by samples: a short last batch does not skew the value,
/// nor does the division into batches change it. Each compares output 0 with the input "label"; use
/// of_output() and against() to change that. If an output has several values per label, such as
/// f32[batch, time, classes] with i32[batch, time], each label counts. A NaN output is always
/// wrong. add() takes O(output elements), and allocates only where documented.
///
///     trainer.fit(train, {.metrics = {fg::metrics::accuracy(), fg::metrics::top_k(5)}});
namespace metrics {

/// Measures the fraction of labels (i32 or i64) that have the largest score; ties go to the first.
/// Works for logits and for probabilities.
[[nodiscard]] FOREGRAPH_EXPORT Metric accuracy();
/// Measures the fraction of labels (i32 or i64) whose score is among the `k` largest; ties go to
/// the first. Throws UsageError if `k` is less than 1; add() throws it if `k` exceeds the number of
/// classes.
[[nodiscard]] FOREGRAPH_EXPORT Metric top_k(std::int64_t k);

/// Measures the fraction of outputs on the correct side of `threshold`: above it for targets above
/// one half (of any dtype, 0 or 1). Use threshold 0.5 for probabilities, 0 for logits. Throws
/// UsageError if the threshold is not finite, as do the next three.
[[nodiscard]] FOREGRAPH_EXPORT Metric binary_accuracy(double threshold = 0.5);
/// Measures the fraction of outputs above `threshold` whose target is 1; 0 if there are none. The
/// default is for probabilities; use 0 for logits. A NaN is on neither side and lowers only recall.
[[nodiscard]] FOREGRAPH_EXPORT Metric precision(double threshold = 0.5);
/// Measures the fraction of targets equal to 1 whose output is above `threshold`; 0 if there are
/// none.
[[nodiscard]] FOREGRAPH_EXPORT Metric recall(double threshold = 0.5);
/// Measures the harmonic mean of precision and recall; 0 if both are 0.
[[nodiscard]] FOREGRAPH_EXPORT Metric f1(double threshold = 0.5);

/// How to combine per-class values.
enum class Average : std::uint8_t {
  macro,  ///< mean over the classes that occur among labels or predictions
  micro,  ///< from the summed counts; equals accuracy with one label per row
};
/// Multi-class versions: the largest score is the prediction, as in accuracy(). 24 bytes per class.
[[nodiscard]] FOREGRAPH_EXPORT Metric precision(Average average);
/// Measures recall for several classes; see precision(Average).
[[nodiscard]] FOREGRAPH_EXPORT Metric recall(Average average);
/// Measures F1 for several classes; see precision(Average).
[[nodiscard]] FOREGRAPH_EXPORT Metric f1(Average average);

/// Measures the area under the ROC curve: how often a positive has a larger output than a negative,
/// a tie counting one half. Exact. Works for logits and for probabilities. Targets as in
/// binary_accuracy(). NaN if there are only positives or only negatives, or if an output was NaN.
/// Keeps 4 bytes per sample, up to 12 while its memory grows; value() takes O(n log n).
[[nodiscard]] FOREGRAPH_EXPORT Metric auc();

/// Measure the means of |output - target| and of (output - target)^2, and the square root of the
/// latter. Targets may have any dtype; there must be one per output.
[[nodiscard]] FOREGRAPH_EXPORT Metric mean_absolute_error();
/// Measures the mean of (output - target)^2.
[[nodiscard]] FOREGRAPH_EXPORT Metric mean_squared_error();
/// Measures the square root of mean_squared_error().
[[nodiscard]] FOREGRAPH_EXPORT Metric root_mean_squared_error();

/// The items that a batch's loss is averaged over.
enum class MeanOf : std::uint8_t {
  samples,          ///< all with the same number of target elements, or losses
  target_elements,  ///< such as the tokens of a sequence
};
/// Measures exp(mean loss), for a loss that is a cross-entropy in nats. With
/// MeanOf::target_elements, targets (i32 or i64) equal to `ignored` are not part of the loss and
/// have no weight. A mean over samples needs no target, and its target() is empty. Regularising
/// terms of the loss are included.
[[nodiscard]] FOREGRAPH_EXPORT Metric perplexity(MeanOf mean_of = MeanOf::samples,
                                                 std::optional<std::int64_t> ignored = {});

/// The target of one sample, of any dtype, read as double.
class FOREGRAPH_EXPORT TargetRow {
 public:
  /// Refers to the target of a sample; `batch` must outlive the object.
  TargetRow(const MetricBatch& batch, std::int64_t sample) : batch_(&batch), sample_(sample) {}
  /// Returns the number of elements of a target.
  [[nodiscard]] std::int64_t size() const { return batch_->target_elements; }
  /// Returns element `i` of the target.
  [[nodiscard]] double operator[](std::int64_t i) const;

 private:
  const MetricBatch* batch_;
  std::int64_t sample_;
};
/// Returns a user-defined metric: the mean of a value computed from each sample's output and
/// target.
///
///     fg::metrics::mean_of("within_one", fg::Better::larger,
///                          [](std::span<const float> output, fg::metrics::TargetRow target) {
///                            return std::abs(output[0] - target[0]) <= 1 ? 1.0 : 0.0;
///                          });
[[nodiscard]] FOREGRAPH_EXPORT Metric
mean_of(std::string name, Better better,
        std::function<double(std::span<const float> output, TargetRow target)> value);

}  // namespace metrics

/// Returns the fraction of samples whose probability is on the correct side of one half. `targets`
/// are 0 or 1. Throws UsageError unless both have the same, positive number of elements, and
/// DataError for other targets.
[[nodiscard]] FOREGRAPH_EXPORT double binary_accuracy(ListOf<float> probabilities,
                                                      ListOf<float> targets);

/// Returns the fraction of samples whose largest score is at their label: `scores` f[samples,
/// classes] with one label per sample. Throws UsageError if the sizes do not match, and DataError
/// for labels that are not a class.
[[nodiscard]] FOREGRAPH_EXPORT double accuracy(ListOf<float> scores, ListOf<std::int32_t> labels);

}  // namespace foregraph
