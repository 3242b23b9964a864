#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/loader/epoch_order.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

/// A value of SlotField::field_index: the mask, f32, 1 for each sample of the batch and 0 for
/// padding.
inline constexpr std::size_t mask_field = static_cast<std::size_t>(-1);

/// Where a field of the pipeline is stored in each slot: contiguous rows from `offset_bytes` on,
/// with room for Pipeline::largest_batch() rows.
struct SlotField {
  std::size_t field_index = 0;    ///< index of the field in the pipeline
  std::int64_t offset_bytes = 0;  ///< distance from the start of a slot
};

/// Returns all fields of a pipeline in order, at 64-byte boundaries; with Tail::pad the mask is
/// last.
[[nodiscard]] FOREGRAPH_EXPORT std::vector<SlotField> all_fields_of(const Pipeline& pipeline);

/// One assembled batch in its slot's memory. The consumer may overwrite the rows.
struct Batch {
  std::int64_t size = 0;     ///< Rows; fewer than the batch size in a kept tail.
  std::int64_t samples = 0;  ///< The first rows are samples; any others are padding.
  std::int64_t index = 0;    ///< Index of the batch in the epoch, from 0.
  int slot = 0;              ///< number of the slot that holds the batch
  std::span<const std::int64_t> row_indices;  ///< The samples' rows in the data set.
  std::span<const SlotField> fields;          ///< The loader's fields.
  std::byte* base = nullptr;                  ///< The slot's memory.

  /// Returns the first row of the loader's i-th field (not the data set's).
  [[nodiscard]] std::byte* field(std::size_t i) const { return base + fields[i].offset_bytes; }
};

/// A loader's position, to resume from later: a few numbers.
struct LoaderPosition {
  std::int64_t epoch = 0;  ///< the epoch, counted from 0
  std::int64_t batch = 0;  ///< the next one in the epoch
  Delivery delivered{};    ///< so far in the epoch
  friend bool operator==(const LoaderPosition&, const LoaderPosition&) = default;
};

/// How busy both sides of a loader have been since the epoch began.
struct LoaderStatistics {
  /// The time of one stage of the pipeline.
  struct Stage {
    std::string name;    ///< "read", then the pipeline's stages
    double seconds = 0;  ///< summed over all workers
  };
  std::int64_t batches = 0;          ///< delivered
  int workers = 0;                   ///< 0 if the consumer's thread assembles the batches
  int slots = 0;                     ///< ahead of the consumer
  double consumer_wait_seconds = 0;  ///< in next()
  double consumer_work_seconds = 0;  ///< between calls of next()
  double workers_wait_seconds = 0;   ///< for a free slot, summed over all workers
  double mean_batches_ready = 0;     ///< when the consumer asked for a batch
  std::vector<Stage> stages;         ///< the stages, in the pipeline's order

  /// Returns the fraction of time the consumer spent waiting for batches.
  [[nodiscard]] double stall_fraction() const {
    const double total = consumer_wait_seconds + consumer_work_seconds;
    return total > 0 ? consumer_wait_seconds / total : 0;
  }
};

/// Runs a Pipeline: assembles its batches epoch by epoch in `prefetch + 1` slots of memory.
///
///     fg::data::Loader loader{train};
///     fg::data::Batch batch;
///     loader.start_epoch(0);
///     while (loader.next(batch)) { ... }
///
/// The batches do not depend on the prefetch depth or the number of workers. All memory is
/// allocated in the constructor; apart from the slots it takes Pipeline::own_bytes(). A loader is
/// used by one thread at a time; with prefetch, it has its own worker threads.
class FOREGRAPH_EXPORT Loader {
 public:
  /// Allocates the slots, with the fields of all_fields_of(). Throws BatchError if an epoch has no
  /// batch.
  explicit Loader(Pipeline pipeline);

  /// Uses the caller's memory for the slots, one per address in `slot_bases`; it must outlive the
  /// loader. Only `fields` are copied there. Throws UsageError unless there are exactly
  /// Pipeline::prefetch_depth() + 1 slots and every field index exists.
  Loader(Pipeline pipeline, std::vector<SlotField> fields, std::vector<std::byte*> slot_bases);

  /// Stops the workers; waits at most for one call of the user's functions.
  ~Loader();
  /// Takes over a loader; its threads continue.
  Loader(Loader&&) noexcept;
  /// Takes over a loader after stopping this one.
  Loader& operator=(Loader&&) noexcept;

  /// Begins an epoch at any time, abandoning the rest of the previous one. The sample order depends
  /// only on the pipeline's seed and `epoch`, so training can be resumed. Throws UsageError if
  /// `epoch` is negative, or so large that its passes cannot be numbered.
  void start_epoch(std::int64_t epoch);
  /// Resumes an epoch exactly where position() was taken. Throws UsageError if the epoch has no
  /// such batch.
  void resume(const LoaderPosition& position);

  /// Gets the next batch, or returns false at the end of the epoch. The batch stays valid until the
  /// following next() or start_epoch(). Exceptions from a source or stage are rethrown here, at the
  /// batch that contains the sample; after that, only start_epoch() and resume() can continue.
  /// Throws UsageError if no epoch is running.
  bool next(Batch& batch);

  /// Returns the rows of a field in a batch of this loader, to read or change; also of "mask" if
  /// batches are padded. T must be the element type; std::uint8_t for booleans. Valid as long as
  /// the batch. Throws UsageError for another type, or a field that the loader does not have.
  template <class T>
  [[nodiscard]] FieldView<T> field(const Batch& rows, std::string_view name) const {
    const Found found = find(name, detail::field_dtype<std::remove_const_t<T>>);
    return {{reinterpret_cast<T*>(rows.field(found.slot_field)),
             static_cast<std::size_t>(rows.size * found.row_elements)},
            found.row_shape,
            rows.size};
  }

  /// Returns the position after the batch last returned by next().
  [[nodiscard]] LoaderPosition position() const;
  /// Returns the value of position().delivered at the end of `epoch`, computed from the order alone
  /// in O(samples). Throws UsageError for a stream.
  [[nodiscard]] static Delivery whole_epoch(const Pipeline& pipeline, std::int64_t epoch);
  /// Returns the figures since the start of the epoch.
  [[nodiscard]] LoaderStatistics statistics() const;

  /// Returns the pipeline that the loader runs.
  [[nodiscard]] const Pipeline& pipeline() const;
  /// Returns where the fields are in a slot.
  [[nodiscard]] std::span<const SlotField> fields() const;

 private:
  class State;
  struct Found {
    std::size_t slot_field = 0;
    std::int64_t row_elements = 1;
    std::span<const std::int64_t> row_shape{};
  };
  [[nodiscard]] Found find(std::string_view name, DType asked) const;

  std::unique_ptr<State> state_;
};

}  // namespace foregraph::data
