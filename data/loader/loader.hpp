#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/data/loader/epoch_order.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

/// As SlotField::field_index: 1 for each sample of the batch and 0 for what fills it up, as f32.
inline constexpr std::size_t mask_field = static_cast<std::size_t>(-1);

/// Where a field of the pipeline goes in each slot: its rows lie one after another from
/// `offset_bytes` on, room for Pipeline::largest_batch() of them.
struct SlotField {
  std::size_t field_index = 0;
  std::int64_t offset_bytes = 0;
};

/// All fields of a pipeline at 64-byte boundaries, in order; with Tail::pad the mask comes last.
[[nodiscard]] std::vector<SlotField> all_fields_of(const Pipeline& pipeline);

/// One assembled batch, in the memory of its slot. The rows may be overwritten by the consumer.
struct Batch {
  std::int64_t size = 0;     ///< Rows; less than the batch size in a kept tail.
  std::int64_t samples = 0;  ///< The first of them; the others only fill the batch up.
  std::int64_t index = 0;    ///< Number of the batch in the epoch, from 0.
  int slot = 0;
  std::span<const std::int64_t> row_indices;  ///< The samples' rows in the data set.
  std::span<const SlotField> fields;          ///< The loader's fields.
  std::byte* base = nullptr;                  ///< The slot.

  /// The first row of the loader's i-th field (not the data set's).
  [[nodiscard]] std::byte* field(std::size_t i) const { return base + fields[i].offset_bytes; }
};

/// Where a loader is, to go on from there later: a few numbers.
struct LoaderPosition {
  std::int64_t epoch = 0;
  std::int64_t batch = 0;  ///< the next one of the epoch
  Delivery delivered{};    ///< in the epoch so far
  friend bool operator==(const LoaderPosition&, const LoaderPosition&) = default;
};

/// How busy the sides of a loader have been since the epoch began.
struct LoaderStatistics {
  struct Stage {
    std::string name;    ///< "read", then the pipeline's stages
    double seconds = 0;  ///< of all workers
  };
  std::int64_t batches = 0;          ///< delivered
  int workers = 0;                   ///< 0: the consumer's own thread makes the batches
  int slots = 0;                     ///< ahead of the consumer
  double consumer_wait_seconds = 0;  ///< in next()
  double consumer_work_seconds = 0;  ///< between calls of next()
  double workers_wait_seconds = 0;   ///< of all workers, for a free slot
  double mean_batches_ready = 0;     ///< when the consumer asked for one
  std::vector<Stage> stages;

  /// The share of its time that the consumer waited for batches.
  [[nodiscard]] double stall_fraction() const {
    const double total = consumer_wait_seconds + consumer_work_seconds;
    return total > 0 ? consumer_wait_seconds / total : 0;
  }
};

/// Runs a Pipeline: assembles its batches, epoch by epoch, in `prefetch + 1` slots of memory.
///
///     fg::Loader loader{train};
///     fg::Batch batch;
///     loader.start_epoch(0);
///     while (loader.next(batch)) { ... }
///
/// The batches are the same whatever the prefetch depth and the number of workers, and nothing is
/// allocated after the constructor, whose own memory is Pipeline::own_bytes(). A loader is used by
/// one thread at a time; with prefetch it has worker threads of its own.
class Loader {
 public:
  /// Slots in memory of the loader's own, with the fields of all_fields_of(). Throws BatchError if
  /// an epoch has no batch.
  explicit Loader(Pipeline pipeline);

  /// Slots in the caller's memory, one for each address in `slot_bases`, which must outlive the
  /// loader; only `fields` are copied there. Throws UsageError unless there are exactly
  /// Pipeline::prefetch_depth() + 1 slots and every field index exists.
  Loader(Pipeline pipeline, std::vector<SlotField> fields, std::vector<std::byte*> slot_bases);

  /// Stops the workers; never waits longer than one call of the user's functions takes.
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  /// Begins an epoch, at any time: what is left of the one before is given up. The order of the
  /// samples depends on the pipeline's seed and `epoch` only, so that training can be resumed.
  /// Throws UsageError if `epoch` is negative, or so large that its passes cannot be numbered.
  void start_epoch(std::int64_t epoch);
  /// Begins an epoch in its middle, exactly where position() was asked for. Throws UsageError if
  /// the epoch has no such batch.
  void resume(const LoaderPosition& position);

  /// Gives the next batch, or returns false at the end of the epoch. The batch stays valid until
  /// the following next() or start_epoch(). What a source or stage throws is thrown here, at the
  /// batch of its sample; after that only start_epoch() and resume() go on. Throws UsageError if no
  /// epoch is running.
  bool next(Batch& batch);

  /// After the batch that next() gave last.
  [[nodiscard]] LoaderPosition position() const;
  /// What position().delivered will be at the end of `epoch`, from the order alone. O(samples).
  /// Throws UsageError for a stream.
  [[nodiscard]] static Delivery whole_epoch(const Pipeline& pipeline, std::int64_t epoch);
  [[nodiscard]] LoaderStatistics statistics() const;

  [[nodiscard]] const Pipeline& pipeline() const;
  [[nodiscard]] std::span<const SlotField> fields() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace foregraph
