#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/planner/packing/placement.hpp>

/// Shared by the searches for placements. Used at run time only.
namespace foregraph::packing {

using Index = std::int32_t;
[[nodiscard]] constexpr std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// A set of buffers that is placed independently of all others. Time is cut into sections, in each
/// of which the same buffers are alive; sizes are in units of their greatest common divisor.
/// Buffers are sorted by `first`.
struct Part {
  struct Buffer {
    Index first = 0;  ///< section
    Index last = 0;   ///< section after the last
    std::int64_t size = 0;
    Index index = 0;  ///< into the live ranges passed to split()
    std::int64_t steps = 0;
    [[nodiscard]] bool overlaps(const Buffer& other) const {
      return first < other.last && other.first < last;
    }
  };
  std::vector<Buffer> buffers{};
  std::vector<std::int64_t> alive{};  ///< by section: the sum of sizes
  std::int64_t most_alive = 0;        ///< lower bound on the peak of these buffers
};

/// The parts of a placement problem. They do not overlap in time: each step belongs to at most one.
struct Parts {
  std::vector<Part> parts{};
  std::int64_t unit_bytes = 1;  ///< one unit of size
};
/// Splits buffers into parts. Leaves out buffers of size 0 or with an empty live range.
/// O(n log n + sections).
[[nodiscard]] Parts split(std::span<const LiveRange> ranges);

/// Returns the number of pairs of buffers that are alive at the same step. O(n log n).
[[nodiscard]] std::int64_t overlapping_pairs(const Part& part);

}  // namespace foregraph::packing
