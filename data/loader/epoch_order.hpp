#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <foregraph/detail/data/dataset/bijection.hpp>
#include <foregraph/detail/data/loader/shuffle_buffer.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

/// Which rows of the data set a pipeline delivers in which order, without reading any. For streams
/// see StreamReader. Allocates in the constructor only.
class EpochOrder {
 public:
  explicit EpochOrder(const Pipeline& pipeline);

  /// Begins an epoch at its sample `position`. O(samples) where the order is stored, O(position)
  /// with a shuffle buffer, else O(1).
  void start(std::int64_t epoch, std::int64_t position = 0);
  /// Samples of an epoch.
  [[nodiscard]] std::int64_t size() const { return pipeline_.samples_per_epoch(); }
  /// The next rows; not more than are left of the epoch.
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
  std::int64_t pass_ = -1;     ///< of the epoch
  std::int64_t position_ = 0;  ///< in the pass
};

/// Proof of what has been delivered: the number of samples, and a sum of hashes of their rows,
/// which does not depend on their order. Two deliveries are equal if and (but for chance) only if
/// the same rows came equally often.
struct Delivery {
  std::int64_t samples = 0;
  std::uint64_t hash = 0;

  void add(std::span<const std::int64_t> rows);
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

}  // namespace foregraph
