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
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/train/metrics/better.hpp>

namespace foregraph {

/// One batch of a model's output and of its target (the input it is compared with), both row-major
/// with one row per sample. Spans are valid only during the call.
struct MetricBatch {
  /// The model's output, f[samples, output_elements].
  std::span<const float> output{};
  std::int64_t output_elements = 1;  ///< per sample
  /// The target's bytes, samples rows of target_elements.
  std::span<const std::byte> target{};
  /// Type of the target's elements.
  DType target_dtype = f32;
  std::int64_t target_elements = 1;  ///< per sample
  /// Number of samples in the batch.
  std::int64_t samples = 0;
  /// One value per sample, 1 or 0: rows with 0 are padding, are not read and do not count. If
  /// empty, every row counts.
  std::span<const float> mask{};
  double loss = std::nan("");  ///< mean loss of the batch, if the metric reads it
  /// The output's exact values unless the model's output is f32; `output` then holds them rounded.
  std::span<const double> exact_output{};

  /// Returns true unless the sample is padding.
  [[nodiscard]] bool counts(std::int64_t sample) const {
    return mask.empty() || mask[static_cast<std::size_t>(sample)] != 0;
  }
};

/// Accumulates a metric over the batches of one pass over a data set. Not thread-safe. To write
/// one, derive from this class and give Metric a factory:
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
/// A metric that is a mean over samples is easier to write with metrics::mean_of().
class FOREGRAPH_EXPORT MetricAccumulator {
 public:
  MetricAccumulator() = default;
  MetricAccumulator(const MetricAccumulator&) = delete;
  MetricAccumulator& operator=(const MetricAccumulator&) = delete;
  virtual ~MetricAccumulator() = default;

  /// Adds the samples of a batch that count. Throws DataError for targets the metric does not
  /// accept and UsageError for shapes that do not match; nothing of the batch counts then. The
  /// value of the library's metrics does not depend on how the samples are divided into batches.
  virtual void add(const MetricBatch& batch) = 0;
  /// Returns the value over all samples since construction or reset(). NaN if there are none, or if
  /// the value is not defined.
  [[nodiscard]] virtual double value() const = 0;
  /// Discards all samples.
  virtual void reset() = 0;
};

/// The parts of a batch that a metric reads.
enum class MetricReads : std::uint8_t {
  output_and_target,
  loss,  ///< and a non-empty target, to count the elements the loss is averaged over
};

/// A metric: its name, which output and target it compares, whether larger is better, and how it is
/// computed. Cheap to copy. The library's metrics are in train/metrics/metrics.hpp.
///
///     fg::metrics::accuracy()                         // output 0 against the input "label"
///     fg::metrics::top_k(5).of_output(1).against("species").named("species, top 5")
class FOREGRAPH_EXPORT Metric {
 public:
  /// Makes an accumulator for one pass over the data.
  using Factory = std::function<std::unique_ptr<MetricAccumulator>()>;

  /// Throws UsageError if the name or the factory is empty.
  Metric(std::string name, Better better, Factory factory,
         MetricReads reads = MetricReads::output_and_target);

  /// Returns this metric for the output with this index in Model::outputs; the default is 0.
  [[nodiscard]] Metric of_output(std::size_t output) const;
  /// Returns this metric with the input of this name as target; the default is "label". "" leaves
  /// the choice to target_of().
  [[nodiscard]] Metric against(std::string target) const;
  /// Returns this metric under another name in the history.
  [[nodiscard]] Metric named(std::string name) const;

  /// Returns the name in the history.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Returns the index of the output it reads.
  [[nodiscard]] std::size_t output() const { return output_; }
  /// Returns the name of the input it compares with; empty to choose.
  [[nodiscard]] const std::string& target() const { return target_; }
  /// Returns the direction in which the value is better.
  [[nodiscard]] Better better() const { return better_; }
  /// Returns what the metric reads of a batch.
  [[nodiscard]] MetricReads reads() const { return reads_; }

  /// Returns a new accumulator. It checks each batch before passing it to the metric (matching
  /// sizes, a mask of 0 and 1), skips empty batches, and prefixes the message of any Error thrown
  /// with the names of metric, output and target.
  [[nodiscard]] std::unique_ptr<MetricAccumulator> accumulator() const;

 private:
  std::string name_;
  std::size_t output_ = 0;
  std::string target_ = "label";
  Better better_;
  MetricReads reads_;
  Factory factory_;
};

/// A model input, as seen by target_of().
struct MetricInput {
  /// Name of the input.
  std::string name;
  /// Its dtype.
  DType dtype = f32;
  bool read_by_output = false;  ///< the metric's output depends on it: unlikely to be the target
};

/// Returns the index of the metric's target: the input it names or, if it names none, the first
/// integer input that the output does not depend on, or else the only such input of any type.
/// Throws UsageError, listing the inputs, if there is none.
[[nodiscard]] FOREGRAPH_EXPORT std::size_t target_of(const Metric& metric,
                                                     std::span<const MetricInput> inputs);

/// Returns a batch of `samples` rows. `targets` are float, double, std::int32_t, std::int64_t,
/// bool, or std::uint8_t for booleans. Throws UsageError if a size is not a multiple of `samples`.
[[nodiscard]] FOREGRAPH_EXPORT MetricBatch metric_batch(std::span<const float> outputs,
                                                        std::span<const std::byte> targets,
                                                        DType target_dtype, std::int64_t samples);
/// Returns a batch of `samples` rows with targets of type T. Throws UsageError for wrong sizes.
template <class T>
[[nodiscard]] MetricBatch metric_batch(std::span<const float> outputs, std::span<const T> targets,
                                       std::int64_t samples) {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    return metric_batch(outputs, std::as_bytes(targets), boolean, samples);
  else
    return metric_batch(outputs, std::as_bytes(targets), dtype_of<T>, samples);
}

/// Returns the metric of the given values, such as those of predict(). Throws as add() does.
[[nodiscard]] FOREGRAPH_EXPORT double measure(const Metric& metric, const MetricBatch& batch);

}  // namespace foregraph
