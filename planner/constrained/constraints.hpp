#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/packing/placement.hpp>

namespace foregraph {

/// Steps of a buffer's live range in which others may use its memory, or part of it.
struct LifeGap {
  /// First step.
  std::int32_t first = 0;
  /// The step after the last one.
  std::int32_t last = 0;
  /// The bytes that stay in use, [begin, end) from the start of the buffer; none by default.
  std::int64_t begin = 0;
  std::int64_t end = 0;  ///< see `begin`
};

/// A buffer to be placed, with conditions on its place.
struct ConstrainedBuffer {
  /// Steps and size.
  LiveRange range{};
  /// The offset is a multiple of it.
  std::int64_t alignment = 1;
  /// The offset, if it is given.
  std::optional<std::int64_t> offset{};
  /// Within the live range, in order of time and without overlap.
  std::vector<LifeGap> gaps{};
};

/// Returns two buffers that use the same byte at the same step, the lower index first, if there are
/// any. Buffers with an offset below 0 are not looked at. O(n log n) with n steps of beginnings,
/// ends and gaps. Shares no code with the searches for placements. The buffers satisfy
/// check_constraints(). Throws UsageError unless there is one offset for each buffer.
[[nodiscard]] FOREGRAPH_EXPORT std::optional<std::pair<std::size_t, std::size_t>> find_overlap(
    std::span<const ConstrainedBuffer> buffers, std::span<const std::int64_t> offsets);

/// Throws UsageError if a buffer contradicts itself (an alignment below 1, an offset below 0 or
/// not aligned, gaps outside the live range or overlapping, bytes of a gap outside the buffer), if
/// two fixed buffers overlap, or if the numbers add up to 2^62 or more.
FOREGRAPH_EXPORT void check_constraints(std::span<const ConstrainedBuffer> buffers);

/// Returns a lower bound on the peak: the most bytes in use at a step, or the greatest end of a
/// fixed buffer. If all offsets are multiples of a common alignment, buffers count rounded up to
/// it, but for the last one. O(n log n).
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t constrained_lower_bound(
    std::span<const ConstrainedBuffer> buffers);

}  // namespace foregraph
