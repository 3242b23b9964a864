#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/train/metrics/better.hpp>

namespace foregraph {

/// What a metric is told of one batch: rows of a model's output and of the input it is compared
/// with, the target, both row-major with one row per sample. Spans are valid during the call only.
struct MetricBatch {
  std::span<const float> output{};
  std::int64_t output_elements = 1;  ///< of one sample
  std::span<const std::byte> target{};
  DType target_dtype = f32;
  std::int64_t target_elements = 1;  ///< of one sample
  std::int64_t samples = 0;
  /// One value per sample, 1 or 0: rows of 0 pad the batch, are not read and do not count. Empty:
  /// every row counts.
  std::span<const float> mask{};
  double loss = std::nan("");  ///< mean loss of the batch, if the metric reads it
  /// The output's values unless the model's output is f32; `output` then holds them rounded.
  std::span<const double> exact_output{};

  [[nodiscard]] bool counts(std::int64_t sample) const {
    return mask.empty() || mask[static_cast<std::size_t>(sample)] != 0;
  }
};

/// Collects what a metric needs to know of the batches of one pass over a data set. Not
/// thread-safe. To write one, derive from it and give Metric a factory:
///
///     struct Largest : fg::MetricAccumulator {
///       void add(const fg::MetricBatch& batch) override {
///         for (const float v : batch.output) largest = std::max(largest, double{v});
///       }
///       [[nodiscard]] double value() const override { return largest; }
///       void reset() override { largest = 0; }
///       double largest = 0;
///     };
///     const fg::Metric metric("largest", fg::Better::larger,
///                             [] { return std::make_unique<Largest>(); });
///
/// Whatever is a mean over samples is less work with metrics::mean_of().
class MetricAccumulator {
 public:
  MetricAccumulator() = default;
  MetricAccumulator(const MetricAccumulator&) = delete;
  MetricAccumulator& operator=(const MetricAccumulator&) = delete;
  virtual ~MetricAccumulator() = default;

  /// Adds the samples of a batch that count. Throws DataError for targets that are not what the
  /// metric takes and UsageError for shapes that do not go together; nothing of the batch counts
  /// then. All of ours give the same value however the samples are cut into batches.
  virtual void add(const MetricBatch& batch) = 0;
  /// Of all samples since the start or reset(). NaN if there are none, or if it is not defined.
  [[nodiscard]] virtual double value() const = 0;
  /// Forgets all samples.
  virtual void reset() = 0;
};

/// What a metric reads of a batch.
enum class MetricReads : std::uint8_t {
  output_and_target,
  loss,  ///< and the target, unless it is empty, to know how many elements it is the mean of
};

/// A metric: its name, what it compares, whether larger is better, and how it is computed. A small
/// value. Those of the library are in train/metrics/metrics.hpp.
///
///     fg::metrics::accuracy()                         // output 0 against the input "label"
///     fg::metrics::top_k(5).of_output(1).against("species").named("species, top 5")
class Metric {
 public:
  using Factory = std::function<std::unique_ptr<MetricAccumulator>()>;

  /// Throws UsageError if the name or the factory is empty.
  Metric(std::string name, Better better, Factory factory,
         MetricReads reads = MetricReads::output_and_target);

  /// The same metric of the model's output with this index in Model::outputs; 0 at first.
  [[nodiscard]] Metric of_output(std::size_t output) const;
  /// The same metric against the input of this name; "label" at first. "" leaves the choice to
  /// target_of().
  [[nodiscard]] Metric against(std::string target) const;
  /// The same metric under another name in the history.
  [[nodiscard]] Metric named(std::string name) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t output() const { return output_; }
  [[nodiscard]] const std::string& target() const { return target_; }
  [[nodiscard]] Better better() const { return better_; }
  [[nodiscard]] MetricReads reads() const { return reads_; }

  /// A new accumulator. It checks each batch before the metric's own sees it (sizes that belong
  /// together, a mask of 0 and 1), leaves out empty batches, and puts the names of metric, output
  /// and target before the message of whatever Error is thrown.
  [[nodiscard]] std::unique_ptr<MetricAccumulator> accumulator() const;

 private:
  std::string name_;
  std::size_t output_ = 0;
  std::string target_ = "label";
  Better better_;
  MetricReads reads_;
  Factory factory_;
};

/// An input of a model, as far as the choice of a target goes.
struct MetricInput {
  std::string name;
  DType dtype = f32;
  bool read_by_output = false;  ///< the metric's output depends on it: hardly a target
};

/// The index of the input that is the metric's target: the one it names; if it names none, of
/// those that the output does not depend on the first integer one, else the only one. Throws
/// UsageError if there is no such input, with the names there are.
[[nodiscard]] std::size_t target_of(const Metric& metric, std::span<const MetricInput> inputs);

/// A batch of `samples` rows. `targets` are float, double, std::int32_t, std::int64_t, bool, or
/// std::uint8_t for booleans. Throws UsageError if a size is no multiple of `samples`.
[[nodiscard]] MetricBatch metric_batch(std::span<const float> outputs,
                                       std::span<const std::byte> targets, DType target_dtype,
                                       std::int64_t samples);
template <class T>
[[nodiscard]] MetricBatch metric_batch(std::span<const float> outputs, std::span<const T> targets,
                                       std::int64_t samples) {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    return metric_batch(outputs, std::as_bytes(targets), boolean, samples);
  else
    return metric_batch(outputs, std::as_bytes(targets), dtype_of<T>, samples);
}

/// The value of a metric for values at hand, such as those of predict(). Throws as add() does.
[[nodiscard]] double measure(const Metric& metric, const MetricBatch& batch);

}  // namespace foregraph
