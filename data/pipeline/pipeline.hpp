#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/sample.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>

namespace foregraph::data {

/// How to treat the last batch of an epoch if it is smaller than the others.
enum class Tail {
  keep,  ///< run it as a smaller batch
  drop,  ///< leave its samples out of this epoch
  pad,   ///< fill it up with copies of its last sample; see Pipeline::batch()
};

/// How the order of a shuffled epoch is produced.
enum class Permutation {
  stored,    ///< uniform, 4 bytes per sample (8 from 2^32 samples on)
  computed,  ///< a pseudo-random bijection without storage, for data sets of billions of samples
};

/// Converts one field of a sample, given its row before and after. Must write all of `to`.
using Conversion =
    std::function<void(Sample&, std::span<const std::byte> from, std::span<std::byte> to)>;

/// One stage that each sample passes through: a change in place or, if `field` is set, a
/// conversion.
struct SampleStage {
  std::string name;                  ///< the name in reports
  Transform change{};                ///< changes a sample in place
  std::optional<FieldSpec> field{};  ///< the field after conversion
  Conversion convert{};              ///< computes the new row from the old one, if `field` is set
};

/// Receives the report when a batch takes longer than expected. An exception ends the epoch.
using StallHandler = std::function<void(const std::string& stages)>;

/// Describes how a data set is turned into batches; a Loader runs it.
///
///     auto train = fg::data::csv("train.csv").shuffle(42).batch(128).prefetch(2);
///
/// A Pipeline is a value and cheap to copy; each call returns a changed copy. Samples go through
/// map(), convert(), permute(), reshape(), preprocess() and cache() in the order of these calls.
/// All other calls may come in any order and mean: order the samples (shuffle, shuffle_buffer or
/// class_balanced), leave some out (skip, take, shard), go through the rest `repeat` times, and cut
/// the result into batches. Defaults: no shuffle, batches of 32, a smaller last batch is kept, no
/// threads.
class FOREGRAPH_EXPORT Pipeline {
 public:
  /// Creates a pipeline over a data set. Throws DataError if the data set has no rows.
  explicit Pipeline(Dataset dataset);
  /// Creates a pipeline over a stream with epochs of `samples` samples. If the stream ends before
  /// that, reading throws DataError. Throws UsageError if `samples` is less than 1.
  Pipeline(std::shared_ptr<Stream> stream, std::int64_t samples);

  /// Visits the rows in a new random order every epoch: a permutation of the whole data set,
  /// determined only by `seed` and the epoch. Throws UsageError for a stream.
  [[nodiscard]] Pipeline shuffle(std::uint64_t seed,
                                 Permutation permutation = Permutation::stored) const;
  /// Draws each sample from a buffer of `size` samples that is filled in data order. This is the
  /// only shuffle possible for a stream, but sorted data remain mostly sorted; preflight reports
  /// how strongly. Throws UsageError if `size` is less than 1.
  [[nodiscard]] Pipeline shuffle_buffer(std::int64_t size, std::uint64_t seed) const;
  /// Draws all classes equally often, by the integer or boolean field `label`, in rounds of one
  /// sample per class. An epoch has as many samples as the data set, so samples of rare classes are
  /// repeated. Throws DataError if the field does not exist, UsageError for a stream.
  [[nodiscard]] Pipeline class_balanced(const std::string& label, std::uint64_t seed) const;

  /// Leave out the first `samples` samples of the epoch's order, or all but those. Throw UsageError
  /// if nothing would be left.
  [[nodiscard]] Pipeline skip(std::int64_t samples) const;
  /// Keeps the first `samples` samples of the epoch's order. Throws UsageError if none would be
  /// left.
  [[nodiscard]] Pipeline take(std::int64_t samples) const;
  /// Selects the share of process `index` out of `count`: every count-th sample of an order common
  /// to all processes, so each sample belongs to exactly one. Shares differ in size by at most one
  /// sample. Throws UsageError unless 0 <= index < count and every share has a sample.
  [[nodiscard]] Pipeline shard(std::int64_t index, std::int64_t count) const;
  /// Goes through the samples `times` times per epoch, each time in a new order. Throws UsageError
  /// if `times` is less than 1 or the epoch would have 2^63 samples or more.
  [[nodiscard]] Pipeline repeat(std::int64_t times) const;

  /// Applies `transform` to each sample. Workers call it, possibly for several samples
  /// concurrently. Its exceptions are rethrown by Loader::next(). Throws UsageError if `transform`
  /// is empty. `name` appears in reports.
  [[nodiscard]] Pipeline map(Transform transform, std::string name = "map") const;
  /// Converts `field` to another dtype or shape: `function` is called with a Sample&, the row as
  /// std::span<const From>, and the new row as std::span<To>, which it must fill. Throws DataError
  /// if the field does not exist or is not of type From.
  template <class From, class To, class Function>
  [[nodiscard]] Pipeline convert(std::string field, std::vector<std::int64_t> row_shape,
                                 Function function, std::string name = "convert") const {
    return converted(
        {std::move(field), dtype_of<To>, std::move(row_shape)}, dtype_of<From>,
        [function](Sample& sample, std::span<const std::byte> from, std::span<std::byte> to) {
          function(sample,
                   std::span<const From>(reinterpret_cast<const From*>(from.data()),
                                         from.size() / sizeof(From)),
                   std::span<To>(reinterpret_cast<To*>(to.data()), to.size() / sizeof(To)));
        },
        std::move(name));
  }
  /// Permutes the axes of a field's rows: axis i of the result is axis axes[i]. For example,
  /// `.permute("x", {1, 2, 0})` turns {channels, height, width} into the layout a convolution
  /// takes. Throws DataError if the field does not exist, UsageError unless each axis occurs
  /// exactly once.
  [[nodiscard]] Pipeline permute(std::string field, std::vector<std::int64_t> axes) const;
  /// Changes the row shape of a field to one with the same number of elements; the values keep
  /// their order: `.reshape("x", {28, 28, 1})` for 784 columns of pixels. Copies nothing before the
  /// first map(), convert(), permute() or preprocess(). Throws DataError if the field does not
  /// exist, UsageError if the number of elements differs.
  [[nodiscard]] Pipeline reshape(std::string field, std::vector<std::int64_t> row_shape) const;
  /// Applies a preprocessing fitted on the training data, here and wherever the model is used.
  /// Throws UsageError if it is not fitted, or if the pipeline already has one.
  [[nodiscard]] Pipeline preprocess(const Preprocessing& preprocessing) const;
  /// Caches the samples in memory after the stages so far, from the first epoch on. Those stages
  /// then run once per sample and must not be random. own_bytes() includes the cache.
  [[nodiscard]] Pipeline cache() const;

  /// Sets the batch size. With Tail::pad the model gets an input "mask", f32[batch], which is 1 for
  /// samples and 0 for padding in the last batch; the loss must use it. Throws BatchError if `size`
  /// is less than 1, or, with Tail::drop, larger than the epoch, which would leave no batch.
  [[nodiscard]] Pipeline batch(std::int64_t size, Tail tail = Tail::keep) const;
  /// Assembles up to `depth` batches ahead of the consumer in a thread, using `depth + 1` slots of
  /// memory. With 0 there is no thread and next() assembles the batch itself, which is best when a
  /// batch takes a few microseconds. Throws UsageError if `depth` is negative or above 1,000,000.
  [[nodiscard]] Pipeline prefetch(int depth) const;
  /// Sets the number of threads that assemble batches, one batch at a time each. At least as many
  /// slots are kept ahead of the consumer, which assembles quick batches itself while it waits.
  /// Order, augmentation and results do not depend on `count`. Throws UsageError unless `count` is
  /// 1 to 4096.
  [[nodiscard]] Pipeline workers(int count) const;
  /// Reports the state of every stage when a batch has not arrived after `seconds` (30 by default),
  /// and again each time the wait doubles; to stderr unless a handler is given. Infinity disables
  /// the watchdog. Throws UsageError unless `seconds` is positive (NaN is refused too).
  [[nodiscard]] Pipeline watchdog(double seconds, StallHandler handler = {}) const;

  /// For a stream, has its fields but no rows.
  [[nodiscard]] const Dataset& dataset() const { return description_->dataset; }
  /// Returns the stream, or null if the pipeline is over a data set.
  [[nodiscard]] const std::shared_ptr<Stream>& stream() const { return description_->stream; }
  /// Returns the fields as they are in a batch, after all conversions.
  [[nodiscard]] std::span<const FieldSpec> fields() const { return description_->fields; }
  /// Returns the index of the field called `name` in a batch, or -1.
  [[nodiscard]] std::ptrdiff_t find(std::string_view name) const;
  /// Returns the number of samples of a full batch.
  [[nodiscard]] std::int64_t batch_size() const { return description_->batch_size; }
  /// Returns the treatment of the last batch.
  [[nodiscard]] Tail tail() const { return description_->tail; }
  /// Returns the number of batches assembled ahead.
  [[nodiscard]] int prefetch_depth() const;
  /// Returns the number of threads that assemble batches.
  [[nodiscard]] int workers() const { return description_->workers; }
  /// Returns true if the order is not the stored one.
  [[nodiscard]] bool shuffled() const { return description_->order != Order::as_is; }
  /// Returns the samples that the shuffle buffer holds; 0 without one.
  [[nodiscard]] std::int64_t shuffle_buffer() const { return description_->buffer; }
  /// Returns true if classes are drawn equally often.
  [[nodiscard]] bool class_balanced() const { return description_->order == Order::balanced; }
  /// Returns the seed of the shuffle, if there is one.
  [[nodiscard]] std::optional<std::uint64_t> seed() const;
  /// Returns the stages that a sample goes through, in order.
  [[nodiscard]] std::span<const SampleStage> stages() const { return description_->stages; }
  /// Returns the preprocessing, or null.
  [[nodiscard]] const Preprocessing* preprocessing() const;

  /// Returns the number of passes through the samples per epoch; see repeat().
  [[nodiscard]] std::int64_t passes_per_epoch() const { return description_->repeat; }
  /// Return the samples and batches per epoch, and the samples in the largest batch (an epoch may
  /// be smaller than the batch size).
  [[nodiscard]] std::int64_t samples_per_epoch() const;
  /// Returns the number of batches of an epoch.
  [[nodiscard]] std::int64_t batches_per_epoch() const;
  /// Returns the samples of the largest batch of an epoch.
  [[nodiscard]] std::int64_t largest_batch() const;
  /// Returns the bytes a Loader takes besides its slots: order, shuffle buffer, cache and
  /// conversions. Excludes a few hundred bytes per thread and stage, and one row of each field that
  /// is not in memory and read only by a transform. Throws BudgetError for 2^63 bytes or more.
  [[nodiscard]] Bytes own_bytes() const;
  /// Returns a hash of everything that determines the order of the samples; must match to resume.
  [[nodiscard]] std::uint64_t order_fingerprint() const;

  /// Returns a pipeline for evaluation that visits each sample once, in stored order, through the
  /// same stages. Samples excluded by skip(), take() and shard() stay excluded; a smaller last
  /// batch is kept.
  [[nodiscard]] Pipeline in_order() const;

 private:
  friend class EpochOrder;
  friend class BatchAssembler;
  friend class Loader;
  friend class StreamReader;
  enum class Order { as_is, permuted, computed, buffered, balanced };
  struct Description {
    Dataset dataset;
    std::shared_ptr<Stream> stream;
    std::int64_t samples = 0;  ///< in the data set or stream
    std::vector<FieldSpec> fields;
    Order order = Order::as_is;
    std::uint64_t seed = 0;
    std::int64_t buffer = 0;
    std::shared_ptr<const std::vector<std::vector<std::int64_t>>> classes;  ///< rows of each class
    std::int64_t skip = 0;
    std::int64_t take = -1;
    std::int64_t shard = 0;
    std::int64_t shards = 1;
    std::int64_t repeat = 1;
    std::vector<SampleStage> stages;
    std::optional<std::size_t> cached;  ///< number of stages before the cache
    std::shared_ptr<const Preprocessing> preprocessing;
    std::int64_t batch_size = 32;
    Tail tail = Tail::keep;
    int prefetch = 0;
    int workers = 1;
    double stall_seconds = 30;
    StallHandler stall_handler;
  };
  template <class Change>
  [[nodiscard]] Pipeline with(Change change) const;
  [[nodiscard]] Pipeline converted(FieldSpec to, DType from, Conversion convert,
                                   std::string name) const;
  [[nodiscard]] std::int64_t samples_per_pass() const;

  std::shared_ptr<const Description> description_;
};

/// Returns a pipeline over a data set: `fg::data::from(dataset).shuffle(42).batch(128)`.
[[nodiscard]] inline Pipeline from(Dataset dataset) {
  return Pipeline(std::move(dataset));
}
/// Returns a pipeline over a user-defined source; see RowSource.
template <RowSource S>
requires(!std::is_same_v<S, Dataset>) [[nodiscard]] Pipeline from(S source) {
  return Pipeline(Dataset(make_source(std::move(source))));
}
/// Returns a pipeline over a stream with epochs of `samples` samples.
[[nodiscard]] inline Pipeline from(std::shared_ptr<Stream> stream, std::int64_t samples) {
  return Pipeline(std::move(stream), samples);
}

}  // namespace foregraph::data
