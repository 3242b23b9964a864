#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/data/dataset/row_reader.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/data/loader/row_cache.hpp>
#include <foregraph/detail/data/loader/stream_reader.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <memory>

namespace foregraph::data {

/// The current activity of a worker, for the watchdog; written by the worker, read by any thread.
struct Activity {
  enum : int { waiting = -3, reading_stream = -2, reading = -1 };  ///< or a stage's index
  std::atomic<int> stage = waiting;
  std::atomic<std::int64_t> row = 0;
  std::atomic<std::int64_t> batch = 0;
};

/// Copies the rows of a batch into a slot and runs them through the stages, a few rows at a time so
/// that they stay in the processor's cache. Allocates only in the constructor. Not thread-safe.
class BatchAssembler {
 public:
  /// Creates an assembler; `cache` is shared by all assemblers of a loader, or null.
  BatchAssembler(const Pipeline& pipeline, std::vector<SlotField> fields, RowCache* cache);

  /// Reads the samples of a batch from the stream, in stream order. Must precede assemble(), which
  /// finds them in the slot.
  void read(StreamReader& stream, std::span<std::int64_t> rows, std::byte* base);
  /// Assembles batch `index` of an epoch, made of `rows`, at `base`. Rethrows exceptions from
  /// sources and stages. Stops early when `running` becomes false: no stage then starts on another
  /// sample.
  void assemble(std::int64_t epoch, std::int64_t index, std::span<const std::int64_t> rows,
                std::byte* base, const std::atomic<bool>& running, Activity& activity);

  /// Returns the total seconds of reading, then of each stage.
  [[nodiscard]] std::span<const double> seconds() const { return seconds_; }
  [[nodiscard]] std::span<const SlotField> fields() const { return fields_; }

  /// Returns the memory of one assembler with all fields of the pipeline.
  [[nodiscard]] static CheckedSize own_bytes(const Pipeline& pipeline);
  /// Returns the size of a cached row with all fields.
  [[nodiscard]] static std::int64_t cached_row_bytes(const Pipeline& pipeline);
  /// Creates the cache if the pipeline has one, for rows as they are after the cached stages.
  [[nodiscard]] static std::unique_ptr<RowCache> make_cache(const Pipeline& pipeline,
                                                            std::span<const SlotField> fields);

 private:
  /// A field of the batch on its way through the pipeline: its rows are in scratch memory until the
  /// last conversion, then in the slot.
  struct Track {
    std::size_t field = 0;  ///< index in the data set
    std::int64_t slot_offset = 0;
    std::vector<FieldSpec> versions{};    ///< the first as read, the last as in the slot
    std::vector<std::byte*> scratch{};    ///< for all versions but the last
    std::vector<std::size_t> at_stage{};  ///< version before each stage and at the end
    [[nodiscard]] std::byte* at(std::size_t version, std::int64_t row, std::byte* slot_rows) const {
      std::byte* rows = version < scratch.size() ? scratch[version] : slot_rows;
      return rows + row * versions[version].row_bytes();
    }
  };
  /// A range of rows of the batch that go through the stages together.
  struct Block {
    std::span<const std::int64_t> rows{};
    std::int64_t first_in_batch = 0;
    std::byte* base = nullptr;
  };
  static std::vector<Track> tracks_of(const Pipeline& pipeline, std::span<const SlotField> fields);
  static std::int64_t rows_of_block(const Pipeline& pipeline);

  void read_block(const Block& block);
  void read_and_cache(const Block& block, const std::atomic<bool>& running, Activity& activity);
  void run_stages(const Block& block, std::size_t first, std::size_t last, std::int64_t first_row,
                  std::int64_t rows, const std::atomic<bool>& running, Activity& activity);
  /// Locates row `row` of the block before `stage`, for each field of the batch.
  void locate(const Block& block, std::size_t stage, std::int64_t row);
  void fill_up(std::int64_t samples, std::byte* base) const;
  [[nodiscard]] std::byte* slot_rows(const Track& track, const Block& block) const {
    return block.base + track.slot_offset +
           block.first_in_batch * track.versions.back().row_bytes();
  }

  Pipeline pipeline_;
  std::vector<SlotField> fields_;
  std::vector<Track> tracks_;
  std::int64_t block_rows_;
  Arena scratch_;
  RowReader reader_;
  RowCache* cache_;
  std::vector<std::byte*> targets_;       ///< by field of the data set, for reading
  std::vector<std::byte*> located_;       ///< by track
  std::vector<Sample::Current> current_;  ///< by field of the data set
  Sample::Others others_;
  std::vector<double> seconds_;
  std::int64_t epoch_ = 0;
  std::int64_t batch_position_ = 0;  ///< of the batch's first sample, in the epoch
};

}  // namespace foregraph::data
