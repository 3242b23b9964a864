#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include <foregraph/detail/train/metrics/metric.hpp>

namespace foregraph {

/// The metrics of the library. All are weighted by samples: a short last batch skews nothing, and
/// any division into batches gives the same value. Each compares output 0 with the input "label";
/// of_output() and against() change that. An output of several values per label, such as
/// f32[batch, time, classes] with i32[batch, time], counts each label. An output that is NaN is
/// always wrong. add() takes O(output elements), and allocates only where that is said.
///
///     trainer.fit(train, {.metrics = {fg::metrics::accuracy(), fg::metrics::top_k(5)}});
namespace metrics {

/// The share of labels (i32 or i64) whose score is the largest; of equal scores the first counts.
/// Works for logits and for probabilities.
[[nodiscard]] Metric accuracy();
/// The share of labels (i32 or i64) whose score is among the `k` largest; of equal scores the
/// first counts. Throws UsageError if `k` is less than 1, and add() does if it is more than the
/// number of classes.
[[nodiscard]] Metric top_k(std::int64_t k);

/// The share of outputs on the right side of `threshold`: above it for targets above one half (of
/// any dtype, 0 or 1). Probabilities need the threshold 0.5, logits 0. Throws UsageError if the
/// threshold is not finite, as the three below do.
[[nodiscard]] Metric binary_accuracy(double threshold = 0.5);
/// Of the outputs above `threshold` the share whose target is 1; 0 if there are none. The default
/// is for probabilities; logits need 0. A NaN is on neither side: it lowers recall only.
[[nodiscard]] Metric precision(double threshold = 0.5);
/// Of the targets that are 1 the share whose output is above `threshold`; 0 if there are none.
[[nodiscard]] Metric recall(double threshold = 0.5);
/// The harmonic mean of precision and recall; 0 if both are 0.
[[nodiscard]] Metric f1(double threshold = 0.5);

/// How the classes' values become one.
enum class Average : std::uint8_t {
  macro,  ///< the mean over the classes that occur among labels or predictions
  micro,  ///< of all counts added up; with one label per row the same as accuracy
};
/// The same for several classes: the largest score, as in accuracy(), is the predicted one.
/// 24 bytes per class.
[[nodiscard]] Metric precision(Average average);
[[nodiscard]] Metric recall(Average average);
[[nodiscard]] Metric f1(Average average);

/// The area under the curve of the receiver operating characteristic: how often a positive has a
/// larger output than a negative, a tie counting one half. Exact. Works for logits and for
/// probabilities. Targets as in binary_accuracy(). NaN if there are only positives or only
/// negatives, or if an output was NaN. Keeps 4 bytes per sample, up to 12 while memory grows;
/// value() takes O(n log n).
[[nodiscard]] Metric auc();

/// The mean of |output - target|, of (output - target)^2, and the square root of that. Targets of
/// any dtype, as many as outputs.
[[nodiscard]] Metric mean_absolute_error();
[[nodiscard]] Metric mean_squared_error();
[[nodiscard]] Metric root_mean_squared_error();

/// What a batch's loss is the mean of.
enum class MeanOf : std::uint8_t {
  samples,          ///< each with the same number of target elements, or losses
  target_elements,  ///< such as the tokens of sequences
};
/// exp(mean loss), for a loss that is a cross-entropy in nats. With MeanOf::target_elements,
/// targets (i32 or i64) equal to `ignored` are not part of the loss, and do not weigh; a mean over
/// samples needs no target, and its target() is empty. Regularising terms in the loss are in the
/// value too.
[[nodiscard]] Metric perplexity(MeanOf mean_of = MeanOf::samples,
                                std::optional<std::int64_t> ignored = {});

/// The target of one sample, of any dtype, read as double.
class TargetRow {
 public:
  TargetRow(const MetricBatch& batch, std::int64_t sample) : batch_(&batch), sample_(sample) {}
  [[nodiscard]] std::int64_t size() const { return batch_->target_elements; }
  [[nodiscard]] double operator[](std::int64_t i) const;

 private:
  const MetricBatch* batch_;
  std::int64_t sample_;
};
/// A metric of your own: the mean of a value of each sample, which is computed of its output and
/// its target.
///
///     fg::metrics::mean_of("within_one", fg::Better::larger,
///                          [](std::span<const float> output, fg::metrics::TargetRow target) {
///                            return std::abs(output[0] - target[0]) <= 1 ? 1.0 : 0.0;
///                          });
[[nodiscard]] Metric mean_of(
    std::string name, Better better,
    std::function<double(std::span<const float> output, TargetRow target)> value);

}  // namespace metrics

/// The share of samples whose probability is on the right side of one half. `targets` are 0 or 1.
/// Throws UsageError unless both have the same, positive number of elements, and DataError for
/// other targets.
[[nodiscard]] double binary_accuracy(std::span<const float> probabilities,
                                     std::span<const float> targets);

/// The share of samples whose largest score is at their label: `scores` f[samples, classes] with
/// one label per sample. Throws UsageError if the sizes do not go together, and DataError for
/// labels that are no class.
[[nodiscard]] double accuracy(std::span<const float> scores, std::span<const std::int32_t> labels);

}  // namespace foregraph
