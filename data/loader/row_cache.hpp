#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include <foregraph/detail/base/system/arena.hpp>

namespace foregraph::data {

/// Samples as they are after the cached stages, stored by workers as they are first made. A missing
/// row is made by the worker that needs it; if two workers make the same row, one result is kept.
class RowCache {
 public:
  /// Creates an empty cache; `field_bytes` is the row size of each field of the batch.
  RowCache(std::int64_t rows, std::vector<std::int64_t> field_bytes)
      : field_bytes_(std::move(field_bytes)),
        states_(std::make_unique<std::atomic<std::uint8_t>[]>(static_cast<std::size_t>(rows))) {
    for (const std::int64_t bytes : field_bytes_) row_bytes_ += bytes;
    memory_ = Arena(static_cast<std::size_t>(rows * row_bytes_));
  }

  /// Copies the row's fields to `to`, or returns false if the row is missing.
  bool load(std::int64_t row, std::span<std::byte* const> to) const {
    if (states_[static_cast<std::size_t>(row)].load(std::memory_order_acquire) != full)
      return false;
    const std::byte* from = memory_.data() + row * row_bytes_;
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::memcpy(to[i], from, static_cast<std::size_t>(field_bytes_[i]));
      from += field_bytes_[i];
    }
    return true;
  }

  void store(std::int64_t row, std::span<std::byte* const> from) {
    std::atomic<std::uint8_t>& state = states_[static_cast<std::size_t>(row)];
    std::uint8_t expected = empty;
    if (!state.compare_exchange_strong(expected, busy)) return;
    std::byte* to = memory_.data() + row * row_bytes_;
    for (std::size_t i = 0; i < from.size(); ++i) {
      std::memcpy(to, from[i], static_cast<std::size_t>(field_bytes_[i]));
      to += field_bytes_[i];
    }
    state.store(full, std::memory_order_release);
  }

 private:
  static constexpr std::uint8_t empty = 0, busy = 1, full = 2;

  std::vector<std::int64_t> field_bytes_;
  std::int64_t row_bytes_ = 0;
  std::unique_ptr<std::atomic<std::uint8_t>[]> states_;
  Arena memory_;
};

}  // namespace foregraph::data
