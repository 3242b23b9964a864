#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/bijection.hpp>
#include <foregraph/detail/data/loader/shuffle_buffer.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

/// The rows a pipeline delivers and their order, computed without reading any. For streams see
/// StreamReader. Allocates only in the constructor.
class FOREGRAPH_EXPORT EpochOrder {
 public:
  explicit EpochOrder(const Pipeline& pipeline);

  /// Begins an epoch at sample `position`. O(samples) if the order is stored, O(position) with a
  /// shuffle buffer, otherwise O(1).
  void start(std::int64_t epoch, std::int64_t position = 0);
  /// Returns the number of samples per epoch.
  [[nodiscard]] std::int64_t size() const { return pipeline_.samples_per_epoch(); }
  /// Writes the next rows; the epoch must have that many left.
  void next(std::span<std::int64_t> rows);

 private:
  void start_pass();
  [[nodiscard]] std::int64_t row(std::int64_t index);
  [[nodiscard]] std::int64_t balanced_row(std::int64_t index) const;

  Pipeline pipeline_;
  const Pipeline::Description* description_;
  std::vector<std::uint32_t> order_;
  std::vector<std::int64_t> wide_order_;  ///< from 2^32 samples on
  std::optional<Bijection> bijection_;
  ShuffleBuffer buffer_;
  std::int64_t buffered_index_ = 0;  ///< of the buffer's next draw
  std::int64_t epoch_ = 0;
  std::int64_t pass_ = -1;     ///< in the epoch
  std::int64_t position_ = 0;  ///< in the pass
};

/// Fingerprint of the delivered samples: their number, and a sum of hashes of their rows that does
/// not depend on the order. Two deliveries are equal if and (up to hash collisions) only if they
/// contain the same rows equally often.
struct FOREGRAPH_EXPORT Delivery {
  std::int64_t samples = 0;
  std::uint64_t hash = 0;

  void add(std::span<const std::int64_t> rows);
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

}  // namespace foregraph::data
