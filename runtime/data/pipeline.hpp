#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <foregraph/runtime/data/dataset.hpp>

namespace foregraph {

/// What happens to the last batch of an epoch if it is smaller than the others.
enum class Tail { keep, drop };

/// One sample in the batch being assembled, as a transform sees it: its row of each field, to be
/// changed in place. The data set itself never changes.
class Sample {
 public:
  /// This sample's row of the field called `name`. `field<const T>` reads any field of the data
  /// set; `field<T>` also writes, which only the fields that the consumer asked for can be.
  /// Throws UsageError if there is no such field, its dtype is another or it cannot be written.
  template <class T>
  [[nodiscard]] std::span<T> field(std::string_view name) {
    const DType dtype = dtype_of<std::remove_const_t<T>>;
    const Row row = find(name, dtype, std::is_const_v<T>);
    return {reinterpret_cast<T*>(row.data), row.elements};
  }

  /// The sample's row in the data set, and the epoch.
  [[nodiscard]] std::int64_t row() const { return row_; }
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }

  /// A seed for random augmentation: a function of the pipeline's seed, the epoch and row() only.
  /// It is the same whatever the batch size or prefetch depth, and another in the next epoch.
  [[nodiscard]] std::uint64_t random_seed() const;

 private:
  friend class BatchAssembler;
  struct Row {
    std::byte* data;
    std::size_t elements;
  };
  Sample(const Dataset& dataset, std::span<std::byte* const> writable, std::int64_t row,
         std::int64_t epoch, std::uint64_t seed)
      : dataset_(&dataset), writable_(writable), row_(row), epoch_(epoch), seed_(seed) {}
  [[nodiscard]] Row find(std::string_view name, DType dtype, bool read_only) const;

  const Dataset* dataset_;
  std::span<std::byte* const> writable_;  // by field of the data set; null if not in the batch
  std::int64_t row_;
  std::int64_t epoch_;
  std::uint64_t seed_;
};

using Transform = std::function<void(Sample&)>;

/// How a data set becomes batches: a description, run by a Loader.
///
///     auto train = fg::csv("train.csv").shuffle(42).batch(128).prefetch(2);
///
/// A Pipeline is a value and copies are cheap; each call returns a changed copy, and the order of
/// the calls does not matter, except that transforms run in the order of their map() calls.
/// Unless said otherwise: no shuffle, batches of 32, the smaller last batch kept, no thread.
class Pipeline {
 public:
  /// Throws DataError if the data set has no rows.
  explicit Pipeline(Dataset dataset);

  /// Visits the rows of each epoch in a new random order: a uniform permutation of the whole data
  /// set, determined by `seed` and the epoch alone.
  [[nodiscard]] Pipeline shuffle(std::uint64_t seed) const;

  /// Applies `transform` to each sample after those before it. With prefetch it runs in the
  /// loader's thread, one sample at a time; two loaders at once may call it at the same time.
  /// What it throws is thrown by Loader::next(). Throws UsageError if `transform` is empty.
  [[nodiscard]] Pipeline map(Transform transform) const;

  /// `size` samples a batch. Throws BatchError if `size` is less than 1, or larger than the data
  /// set with Tail::drop, which would leave no batch at all.
  [[nodiscard]] Pipeline batch(std::int64_t size, Tail tail = Tail::keep) const;

  /// Assembles up to `depth` batches ahead of the consumer in a thread, in `depth + 1` slots of
  /// memory. 0 means no thread: next() assembles the batch itself, the best choice when a batch
  /// takes a few microseconds. Throws UsageError if `depth` is negative.
  [[nodiscard]] Pipeline prefetch(int depth) const;

  [[nodiscard]] const Dataset& dataset() const { return dataset_; }
  [[nodiscard]] std::int64_t batch_size() const { return batch_size_; }
  [[nodiscard]] Tail tail() const { return tail_; }
  [[nodiscard]] int prefetch_depth() const { return prefetch_depth_; }
  [[nodiscard]] bool shuffled() const { return seed_.has_value(); }
  [[nodiscard]] std::optional<std::uint64_t> seed() const { return seed_; }
  [[nodiscard]] std::span<const Transform> transforms() const;

  /// Batches of one epoch, and the samples in the largest of them (the data set may be smaller
  /// than the batch size).
  [[nodiscard]] std::int64_t batches_per_epoch() const;
  [[nodiscard]] std::int64_t largest_batch() const;

 private:
  Dataset dataset_;
  std::int64_t batch_size_ = 32;
  Tail tail_ = Tail::keep;
  int prefetch_depth_ = 0;
  std::optional<std::uint64_t> seed_;
  std::shared_ptr<const std::vector<Transform>> transforms_;
};

/// A pipeline over data in memory: `fg::from(dataset).shuffle(42).batch(128)`.
[[nodiscard]] inline Pipeline from(Dataset dataset) {
  return Pipeline(std::move(dataset));
}

}  // namespace foregraph
