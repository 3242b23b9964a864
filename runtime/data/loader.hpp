#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <foregraph/runtime/data/pipeline.hpp>

namespace foregraph {

/// Where a field of the data set goes in each slot: its rows lie one after another from
/// `offset_bytes` on, room for Pipeline::largest_batch() of them.
struct SlotField {
  std::size_t field_index = 0;
  std::int64_t offset_bytes = 0;
};

/// One assembled batch, in the memory of its slot. The rows may be overwritten by the consumer.
struct Batch {
  std::int64_t size = 0;   ///< Samples; less than the batch size in a kept tail.
  std::int64_t index = 0;  ///< Number of the batch in the epoch, from 0.
  int slot = 0;
  std::span<const std::int64_t> row_indices;  ///< The samples' rows in the data set.
  std::span<const SlotField> fields;          ///< The loader's fields.
  std::byte* base = nullptr;                  ///< The slot.

  /// The first row of the loader's i-th field (not the data set's).
  [[nodiscard]] std::byte* field(std::size_t i) const { return base + fields[i].offset_bytes; }
};

/// Runs a Pipeline: assembles its batches, epoch by epoch, in `prefetch + 1` slots of memory.
///
///     fg::Loader loader{train};
///     fg::Batch batch;
///     loader.start_epoch(0);
///     while (loader.next(batch)) { ... }
///
/// The batches are the same whatever the prefetch depth, and nothing is allocated after the
/// constructor, whose own memory is 8 bytes per row of the data set. A loader is used by one
/// thread at a time; with prefetch it has one worker thread of its own.
class Loader {
 public:
  /// Slots in memory of the loader's own, with all fields at 64-byte boundaries, in order.
  explicit Loader(Pipeline pipeline);

  /// Slots in the caller's memory, one for each address in `slot_bases`, which must outlive the
  /// loader; only `fields` are copied there. Throws UsageError unless there are exactly
  /// Pipeline::prefetch_depth() + 1 slots and every field index exists in the data set.
  Loader(Pipeline pipeline, std::vector<SlotField> fields, std::vector<std::byte*> slot_bases);

  /// Stops the worker; never waits longer than one call of the user's transforms takes.
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  /// Begins an epoch, at any time: what is left of the one before is given up. The order of the
  /// samples depends on the pipeline's seed and `epoch` only, so that training can be resumed.
  void start_epoch(std::int64_t epoch);

  /// Gives the next batch, or returns false at the end of the epoch. The batch stays valid until
  /// the following next() or start_epoch(). What a transform throws is thrown here, at the batch
  /// of its sample; after that only start_epoch() goes on. Throws UsageError if no epoch is
  /// running.
  bool next(Batch& batch);

  [[nodiscard]] const Pipeline& pipeline() const;
  [[nodiscard]] std::span<const SlotField> fields() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace foregraph
