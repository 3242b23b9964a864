#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/data/loader/shuffle_buffer.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

/// What a row takes in a shuffle buffer: aligned for any element type.
[[nodiscard]] inline std::int64_t in_place_bytes(const FieldSpec& field) {
  return (field.row_bytes() + 7) / 8 * 8;
}

/// Reads an epoch from the stream of a pipeline, through its shuffle buffer if there is one, with
/// the same order of samples as EpochOrder has. Allocates in the constructor only.
class StreamReader {
 public:
  explicit StreamReader(const Pipeline& pipeline);

  /// Begins an epoch at its sample `position`, up to which everything is read and dropped.
  void start(std::int64_t epoch, std::int64_t position);
  /// Fills `rows` with the numbers of the next samples and `to[i]`, unless null, with their rows of
  /// field i, one after another. Throws DataError if the stream ends.
  void next(std::span<std::int64_t> rows, std::span<std::byte* const> to);

 private:
  void start_pass();
  void read_into(std::span<std::byte* const> to);
  void read_into_place(std::int64_t place);
  /// The next sample of the pass, to `to`.
  std::int64_t next_of_pass(std::span<std::byte* const> to);

  Pipeline pipeline_;
  const Pipeline::Description* description_;
  Stream* stream_;
  ShuffleBuffer buffer_;
  Arena places_;
  std::int64_t place_bytes_ = 0;
  std::vector<std::byte*> target_;       ///< in a place of the buffer
  std::vector<std::byte*> rows_target_;  ///< of the next row
  std::vector<std::byte*> nowhere_;      ///< all null
  std::int64_t epoch_ = 0;
  std::int64_t pass_ = 0;
  std::int64_t position_ = 0;  ///< in the pass, of those delivered
  std::int64_t drawn_ = 0;     ///< in the pass, with those dropped
  std::int64_t read_ = 0;      ///< from the stream
};

}  // namespace foregraph
