#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/sorting.hpp>

namespace foregraph {

/// A buffer of `bytes` bytes to be placed, alive in the steps [first, last).
struct LiveRange {
  /// First step.
  std::int32_t first = 0;
  /// The step after the last one.
  std::int32_t last = 0;
  /// Size.
  std::int64_t bytes = 0;

  /// Returns true if there is a step at which both are alive.
  [[nodiscard]] constexpr bool overlaps(const LiveRange& other) const {
    return first < other.last && other.first < last;
  }
};

/// The most bytes alive at one step, a lower bound on the peak of every placement.
struct LowerBound {
  /// The most bytes alive at one step.
  std::int64_t bytes = 0;
  std::int32_t step = 0;  ///< the first step at which it is reached
};
/// Returns the lower bound of buffers with the given live ranges. O(n log n).
[[nodiscard]] constexpr LowerBound lower_bound_of(std::span<const LiveRange> ranges) {
  struct Event {
    std::int32_t step;
    std::int64_t change;
  };
  DynamicArray<Event> events;
  events.reserve(2 * ranges.size());
  for (const LiveRange& r : ranges) {
    events.push_back({r.first, r.bytes});
    events.push_back({r.last, -r.bytes});
  }
  sort_by(events.data(), events.size(), [](const Event& a, const Event& b) {
    return a.step != b.step ? a.step < b.step : a.change < b.change;
  });
  LowerBound bound;
  std::int64_t alive = 0;
  for (const Event& e : events) {
    alive += e.change;
    if (alive > bound.bytes) bound = {alive, e.step};
  }
  return bound;
}

/// Offsets of buffers.
struct Placement {
  /// First byte of each buffer.
  DynamicArray<std::int64_t> offsets{};
  /// End of the last byte in use.
  std::int64_t peak_bytes = 0;
};

namespace planning {

/// Places buffers in the given sequence, each at the lowest offset that is free over its whole live
/// range. O(n^2) worst case, with n the buffers that overlap.
[[nodiscard]] constexpr Placement first_fit(std::span<const LiveRange> ranges,
                                            std::span<const std::int32_t> sequence) {
  struct Placed {
    std::int32_t first = 0;
    std::int32_t last = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };
  Placement result;
  result.offsets.assign(ranges.size(), 0);
  DynamicArray<Placed> placed(ranges.size());  // sorted by begin
  // Plain pointers: in the compiler, each operator[] call costs as much as the comparisons.
  Placed* const begin = placed.data();
  Placed* end = begin;
  for (const std::int32_t index : sequence) {
    const LiveRange& r = ranges[static_cast<std::size_t>(index)];
    const std::int32_t first = r.first;
    const std::int32_t last = r.last;
    const std::int64_t bytes = r.bytes;
    std::int64_t offset = 0;
    for (const Placed* other = begin; other != end; ++other) {
      if (first >= other->last || other->first >= last) continue;
      if (other->begin >= offset + bytes) break;
      if (other->end > offset) offset = other->end;
    }
    result.offsets[static_cast<std::size_t>(index)] = offset;
    if (offset + bytes > result.peak_bytes) result.peak_bytes = offset + bytes;
    Placed* where = end;
    for (; where != begin && (where - 1)->begin > offset; --where) *where = *(where - 1);
    *where = {first, last, offset, offset + bytes};
    ++end;
  }
  return result;
}

/// Walks from `sequence` towards a placement that meets `bound`: each step moves the buffer at the
/// peak to a random earlier position. Deterministic. Keeps the best placement found. Takes at most
/// 64 steps, and fewer for many buffers, because it runs in the compiler.
constexpr void improve(std::span<const LiveRange> ranges, std::int64_t bound,
                       DynamicArray<std::int32_t>& sequence, Placement& best) {
  constexpr std::size_t pair_budget = 1U << 18;
  const std::size_t pairs = ranges.size() * ranges.size() + 1;
  std::size_t steps = pair_budget / pairs < 64 ? pair_budget / pairs : 64;
  std::uint64_t random = 0x9e3779b97f4a7c15ULL;
  Placement current = first_fit(ranges, {sequence.data(), sequence.size()});
  for (; steps > 0 && best.peak_bytes > bound; --steps) {
    std::size_t top = 0;
    while (current.offsets[static_cast<std::size_t>(sequence[top])] +
               ranges[static_cast<std::size_t>(sequence[top])].bytes !=
           current.peak_bytes)
      ++top;
    random ^= random << 13;  // xorshift (Marsaglia, 2003)
    random ^= random >> 7;
    random ^= random << 17;
    const std::size_t to = top > 0 ? static_cast<std::size_t>(random % top) : 0;
    const std::int32_t moved = sequence[top];
    for (std::size_t i = top; i > to; --i) sequence[i] = sequence[i - 1];
    sequence[to] = moved;
    current = first_fit(ranges, {sequence.data(), sequence.size()});
    if (current.peak_bytes < best.peak_bytes) best = current;
  }
}

}  // namespace planning

/// Assigns offsets so that buffers alive at the same step never overlap. Deterministic.
///
/// Placing buffers one by one at the lowest free offset works well if the hard ones come first.
/// Three sequences are tried: largest first (as in TensorFlow Lite's greedy-by-size planner),
/// longest-lived first, and by first use. The first that meets the lower bound is returned. If none
/// does, the best sequence is varied. O(n^2) worst case.
[[nodiscard]] constexpr Placement place(std::span<const LiveRange> ranges) {
  const std::int64_t bound = lower_bound_of(ranges).bytes;
  DynamicArray<std::int32_t> sequence(ranges.size(), 0);
  DynamicArray<std::int32_t> best_sequence;
  Placement best;
  for (int strategy = 0; strategy < 3; ++strategy) {
    for (std::size_t i = 0; i < sequence.size(); ++i) sequence[i] = static_cast<std::int32_t>(i);
    sort_by(sequence.data(), sequence.size(), [&](std::int32_t x, std::int32_t y) {
      const LiveRange& a = ranges[static_cast<std::size_t>(x)];
      const LiveRange& b = ranges[static_cast<std::size_t>(y)];
      const std::int32_t a_length = a.last - a.first;
      const std::int32_t b_length = b.last - b.first;
      if (strategy == 0 && a.bytes != b.bytes) return a.bytes > b.bytes;
      if (strategy == 1 && a_length != b_length) return a_length > b_length;
      if (a.first != b.first) return a.first < b.first;
      return a.bytes != b.bytes ? a.bytes > b.bytes : x < y;
    });
    Placement candidate = planning::first_fit(ranges, {sequence.data(), sequence.size()});
    if (strategy == 0 || candidate.peak_bytes < best.peak_bytes) {
      best = std::move(candidate);
      best_sequence = sequence;
    }
    if (best.peak_bytes == bound) return best;
  }
  planning::improve(ranges, bound, best_sequence, best);
  return best;
}

}  // namespace foregraph
