#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/planner/packing/placement.hpp>

/// What the searches for placements share. Used at run time only.
namespace foregraph::packing {

using Index = std::int32_t;
[[nodiscard]] constexpr std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Buffers that have to do with each other, in small numbers. Time is cut into sections, in each of
/// which the same buffers are alive; sizes are in units of their greatest common divisor. By
/// `first`.
struct Part {
  struct Buffer {
    Index first = 0;  ///< section
    Index last = 0;   ///< section after the last
    std::int64_t size = 0;
    Index index = 0;  ///< in the ranges it was made of
    std::int64_t steps = 0;
    [[nodiscard]] bool overlaps(const Buffer& other) const {
      return first < other.last && other.first < last;
    }
  };
  std::vector<Buffer> buffers{};
  std::vector<std::int64_t> alive{};  ///< per section, the sum of sizes
  std::int64_t most_alive = 0;        ///< no placement of these buffers can do with less
};

/// Buffers of size 0 or empty life are left out. Parts do not meet in time: each step belongs to
/// one at most. O(n log n + sections).
struct Parts {
  std::vector<Part> parts{};
  std::int64_t unit_bytes = 1;  ///< one unit of size
};
[[nodiscard]] Parts split(std::span<const LiveRange> ranges);

/// Pairs of buffers alive at one step. O(n log n).
[[nodiscard]] std::int64_t overlapping_pairs(const Part& part);

}  // namespace foregraph::packing
