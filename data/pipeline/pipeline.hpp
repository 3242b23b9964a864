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
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/sample.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>

namespace foregraph {

/// What happens to the last batch of an epoch if it is smaller than the others.
enum class Tail {
  keep,  ///< it is run, smaller
  drop,  ///< its samples are left out in this epoch
  pad,   ///< it is filled up with copies of its last sample; see Pipeline::batch()
};

/// Where the order of a shuffled epoch comes from.
enum class Permutation {
  stored,    ///< uniform, 4 bytes a sample (8 from 2^32 samples on)
  computed,  ///< a pseudo-random bijection, no memory; for data sets of billions of samples
};

/// Makes one field of a sample another: its row before and after. Must write all of `to`.
using Conversion =
    std::function<void(Sample&, std::span<const std::byte> from, std::span<std::byte> to)>;

/// One step that each sample goes through: a change in place or, with `field`, a conversion.
struct SampleStage {
  std::string name;
  Transform change{};
  std::optional<FieldSpec> field{};  ///< the field after the conversion
  Conversion convert{};
};

/// What is said when a batch takes longer than expected; what it throws ends the epoch.
using StallHandler = std::function<void(const std::string& stages)>;

/// How a data set becomes batches: a description, run by a Loader.
///
///     auto train = fg::csv("train.csv").shuffle(42).batch(128).prefetch(2);
///
/// A Pipeline is a value and copies are cheap; each call returns a changed copy. Samples go through
/// map(), convert(), permute(), reshape(), preprocess() and cache() in the order of these calls;
/// everything else may be called in any order and means: order the samples (shuffle, shuffle_buffer
/// or class_balanced), leave some out (skip, take, shard), go through them `repeat` times, and cut
/// that into batches. Unless said otherwise: no shuffle, batches of 32, the smaller last batch
/// kept, no thread.
class Pipeline {
 public:
  /// Throws DataError if the data set has no rows.
  explicit Pipeline(Dataset dataset);
  /// A stream; an epoch are `samples` of it. Its end before that is a DataError then. Throws
  /// UsageError if `samples` is less than 1.
  Pipeline(std::shared_ptr<Stream> stream, std::int64_t samples);

  /// Visits the rows of each epoch in a new random order: a permutation of the whole data set,
  /// determined by `seed` and the epoch alone. Throws UsageError for a stream.
  [[nodiscard]] Pipeline shuffle(std::uint64_t seed,
                                 Permutation permutation = Permutation::stored) const;
  /// Draws each sample from a buffer of `size` that is filled in the order of the data: all that
  /// can be done for a stream, but data in class order stay so; the preflight says how much. Throws
  /// UsageError if `size` is less than 1.
  [[nodiscard]] Pipeline shuffle_buffer(std::int64_t size, std::uint64_t seed) const;
  /// Each class, by the integer or boolean field `label`, as often as any other, in rounds of one
  /// sample each; rare classes come several times in an epoch of as many samples as the data set
  /// has. Throws DataError if there is no such field, UsageError for a stream.
  [[nodiscard]] Pipeline class_balanced(const std::string& label, std::uint64_t seed) const;

  /// Leaves out the first samples of the epoch's order, or all after the first. Throws UsageError
  /// if nothing would be left.
  [[nodiscard]] Pipeline skip(std::int64_t samples) const;
  [[nodiscard]] Pipeline take(std::int64_t samples) const;
  /// The part of process `index` of `count`: every count-th sample of the order, which all
  /// processes share, so that none comes twice and none is missing. Parts differ by at most one
  /// sample. Throws UsageError unless 0 <= index < count and every part has a sample.
  [[nodiscard]] Pipeline shard(std::int64_t index, std::int64_t count) const;
  /// Goes through the samples `times` times in an epoch, each time in a new order. Throws
  /// UsageError if `times` is less than 1 or an epoch then has 2^63 samples or more.
  [[nodiscard]] Pipeline repeat(std::int64_t times) const;

  /// Applies `transform` to each sample. It is called by the workers, for several samples at once
  /// if there are several workers. What it throws is thrown by Loader::next(). Throws UsageError if
  /// `transform` is empty. `name` is for reports.
  [[nodiscard]] Pipeline map(Transform transform, std::string name = "map") const;
  /// Makes `field` an array of another dtype or shape: `function` is called with a Sample&, the row
  /// as std::span<const From> and the new row as std::span<To>, to be filled. Throws DataError if
  /// there is no such field or it is not of type From.
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
  /// Moves the axes of a field's rows: axis i of the result is axis axes[i]. Data whose channels
  /// come first, {channels, height, width}, become what a convolution takes by
  /// `.permute("x", {1, 2, 0})`. Throws DataError if there is no such field, UsageError unless each
  /// axis comes once.
  [[nodiscard]] Pipeline permute(std::string field, std::vector<std::int64_t> axes) const;
  /// Gives a field's rows another shape of as many elements, whose values are taken in the order in
  /// which they lie: `.reshape("x", {28, 28, 1})` for 784 columns of pixels. Copies nothing before
  /// the first map(), convert(), permute() or preprocess(). Throws DataError if there is no such
  /// field, UsageError if the number of elements differs.
  [[nodiscard]] Pipeline reshape(std::string field, std::vector<std::int64_t> row_shape) const;
  /// Applies what has been fitted on the training data, here and wherever the model is used. Throws
  /// UsageError if it is not fitted yet, or if there is another in this pipeline.
  [[nodiscard]] Pipeline preprocess(const Preprocessing& preprocessing) const;
  /// Keeps the samples as they are after the stages so far in memory, from the first epoch on;
  /// those stages then run once for each sample and must not be random. Counted in own_bytes().
  [[nodiscard]] Pipeline cache() const;

  /// `size` samples a batch. With Tail::pad the model gets an input "mask", f32[batch], 1 for
  /// samples and 0 for what fills the last batch up; its loss has to use it. Throws BatchError if
  /// `size` is less than 1, or larger than the epoch with Tail::drop, which would leave no batch.
  [[nodiscard]] Pipeline batch(std::int64_t size, Tail tail = Tail::keep) const;
  /// Assembles up to `depth` batches ahead of the consumer in a thread, in `depth + 1` slots of
  /// memory. 0 means no thread: next() assembles the batch itself, the best choice when a batch
  /// takes a few microseconds. Throws UsageError if `depth` is negative or above 1,000,000.
  [[nodiscard]] Pipeline prefetch(int depth) const;
  /// Threads that assemble batches, each one batch at a time; there are at least as many slots
  /// ahead of the consumer, which makes quick batches itself while it waits. Order, augmentation
  /// and results are the same for any number. Throws UsageError unless `count` is from 1 to 4096.
  [[nodiscard]] Pipeline workers(int count) const;
  /// Says what every stage is doing when a batch has not come after `seconds` (30 if not set), and
  /// again after each doubling; to stderr unless there is a handler. An infinite number turns it
  /// off. Throws UsageError for NaN and unless `seconds` is positive.
  [[nodiscard]] Pipeline watchdog(double seconds, StallHandler handler = {}) const;

  /// Of a stream: its fields, no rows.
  [[nodiscard]] const Dataset& dataset() const { return description_->dataset; }
  [[nodiscard]] const std::shared_ptr<Stream>& stream() const { return description_->stream; }
  /// The fields of the data set as they are in a batch, after all conversions.
  [[nodiscard]] std::span<const FieldSpec> fields() const { return description_->fields; }
  [[nodiscard]] std::ptrdiff_t find(std::string_view name) const;
  [[nodiscard]] std::int64_t batch_size() const { return description_->batch_size; }
  [[nodiscard]] Tail tail() const { return description_->tail; }
  [[nodiscard]] int prefetch_depth() const;
  [[nodiscard]] int workers() const { return description_->workers; }
  [[nodiscard]] bool shuffled() const { return description_->order != Order::as_is; }
  [[nodiscard]] std::int64_t shuffle_buffer() const { return description_->buffer; }
  [[nodiscard]] bool class_balanced() const { return description_->order == Order::balanced; }
  [[nodiscard]] std::optional<std::uint64_t> seed() const;
  [[nodiscard]] std::span<const SampleStage> stages() const { return description_->stages; }
  [[nodiscard]] const Preprocessing* preprocessing() const;

  /// Returns how often an epoch goes through the samples; see repeat().
  [[nodiscard]] std::int64_t passes_per_epoch() const { return description_->repeat; }
  /// Samples and batches of one epoch, and the samples in the largest batch (the epoch may be
  /// smaller than the batch size).
  [[nodiscard]] std::int64_t samples_per_epoch() const;
  [[nodiscard]] std::int64_t batches_per_epoch() const;
  [[nodiscard]] std::int64_t largest_batch() const;
  /// Bytes a Loader takes besides its slots: the order, shuffle buffer, cache and conversions. Not
  /// counted are some hundred for each thread and stage, and a row of each field that is not in
  /// memory and only read by a transform. Throws BudgetError if they are 2^63 or more.
  [[nodiscard]] Bytes own_bytes() const;
  /// A hash of what decides which samples come in which order: to resume, it must be the same.
  [[nodiscard]] std::uint64_t order_fingerprint() const;

  /// Each sample once and as stored, through the same stages: for evaluation. What skip(), take()
  /// and shard() leave out stays out; a smaller last batch is kept.
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
    std::int64_t samples = 0;  ///< of the data set or stream
    std::vector<FieldSpec> fields;
    Order order = Order::as_is;
    std::uint64_t seed = 0;
    std::int64_t buffer = 0;
    std::shared_ptr<const std::vector<std::vector<std::int64_t>>> classes;  ///< rows of each
    std::int64_t skip = 0;
    std::int64_t take = -1;
    std::int64_t shard = 0;
    std::int64_t shards = 1;
    std::int64_t repeat = 1;
    std::vector<SampleStage> stages;
    std::optional<std::size_t> cached;  ///< stages before the cache
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

/// A pipeline over data in memory or elsewhere: `fg::from(dataset).shuffle(42).batch(128)`.
[[nodiscard]] inline Pipeline from(Dataset dataset) {
  return Pipeline(std::move(dataset));
}
/// A pipeline over a source of the user's own; see RowSource.
template <RowSource S>
requires(!std::is_same_v<S, Dataset>) [[nodiscard]] Pipeline from(S source) {
  return Pipeline(Dataset(make_source(std::move(source))));
}
/// A pipeline over a stream, of which `samples` are an epoch.
[[nodiscard]] inline Pipeline from(std::shared_ptr<Stream> stream, std::int64_t samples) {
  return Pipeline(std::move(stream), samples);
}

}  // namespace foregraph
