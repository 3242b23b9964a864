#pragma once

#include <cstdint>
#include <initializer_list>
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
/// `most_steps`, and fewer for many buffers, because it runs in the compiler.
constexpr void improve(std::span<const LiveRange> ranges, std::int64_t bound,
                       std::size_t most_steps, DynamicArray<std::int32_t>& sequence,
                       Placement& best) {
  constexpr std::size_t pair_budget = 1U << 21;
  const std::size_t pairs = ranges.size() * ranges.size() + 1;
  std::size_t steps = pair_budget / pairs < most_steps ? pair_budget / pairs : most_steps;
  std::uint64_t random = 0x9e3779b97f4a7c15ULL;
  Placement current = first_fit(ranges, {sequence.data(), sequence.size()});
  DynamicArray<std::int32_t> promoted;
  for (; steps > 0 && best.peak_bytes > bound; --steps) {
    if (steps % 4 != 0) {
      // Place the buffers that end above the bound first (squeaky wheel, Joslin and Clements,
      // 1999).
      promoted.clear();
      for (int turn = 0; turn < 2; ++turn)
        for (const std::int32_t buffer : sequence) {
          const auto b = static_cast<std::size_t>(buffer);
          if ((current.offsets[b] + ranges[b].bytes > bound) == (turn == 0))
            promoted.push_back(buffer);
        }
      sequence.swap(promoted);
    } else {
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
    }
    current = first_fit(ranges, {sequence.data(), sequence.size()});
    if (current.peak_bytes < best.peak_bytes) best = current;
  }
}

/// An order in which first_fit() may place buffers, with ties broken by first use and size.
enum class Sequence : std::uint8_t {
  largest_first,
  longest_first,
  by_first_use,
  largest_area_first,  ///< bytes times steps: large and long-lived buffers leave the most gaps
  outwards             ///< by distance from the step with the most bytes alive, longest first there
};

[[nodiscard]] constexpr DynamicArray<std::int32_t> sequence_of(std::span<const LiveRange> ranges,
                                                               Sequence order,
                                                               std::int32_t peak_step) {
  struct Key {
    double value;  ///< the least comes first
    std::int32_t first;
    std::int64_t bytes;
    std::int32_t buffer;
  };
  DynamicArray<Key> keys;
  keys.reserve(ranges.size());
  for (const LiveRange& r : ranges) {
    const auto bytes = static_cast<double>(r.bytes);
    const auto steps = static_cast<double>(std::int64_t{r.last} - r.first);
    double value = 0;
    if (order == Sequence::largest_first) value = -bytes;
    if (order == Sequence::longest_first) value = -steps;
    if (order == Sequence::largest_area_first) value = -bytes * steps;
    if (order == Sequence::outwards) {
      const bool is_before = r.last <= peak_step;
      // Below 0 at the peak, where longer lives come first.
      value = is_before             ? static_cast<double>(peak_step) - r.last + 1
              : r.first > peak_step ? static_cast<double>(r.first) - peak_step
                                    : -steps;
    }
    keys.push_back({value, r.first, r.bytes, static_cast<std::int32_t>(keys.size())});
  }
  sort_by(keys.data(), keys.size(), [](const Key& a, const Key& b) {
    if (a.value != b.value) return a.value < b.value;
    if (a.first != b.first) return a.first < b.first;
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.buffer < b.buffer;
  });
  DynamicArray<std::int32_t> sequence;
  sequence.reserve(keys.size());
  for (const Key& key : keys) sequence.push_back(key.buffer);
  return sequence;
}

}  // namespace planning

/// Assigns offsets so that buffers alive at the same step never overlap. Deterministic.
///
/// Placing buffers one by one at the lowest free offset works well if the hard ones come first.
/// Three sequences are tried: largest first (as in TensorFlow Lite's greedy-by-size planner),
/// longest-lived first, and by first use. The first that meets the lower bound is returned. If none
/// does, the best sequence is varied; then, for up to 4,096 buffers, two more sequences are tried
/// and the best of them is varied: largest area first, and outwards from the step with the most
/// bytes alive. O(n^2) worst case.
[[nodiscard]] constexpr Placement place(std::span<const LiveRange> ranges) {
  using planning::Sequence;
  constexpr std::size_t most_buffers_for_more = 4096;
  const LowerBound bound = lower_bound_of(ranges);
  Placement best;
  bool is_first = true;
  // Returns true if the bound is met.
  const auto try_all = [&](std::initializer_list<Sequence> orders, std::size_t most_steps) {
    DynamicArray<std::int32_t> sequence;
    std::int64_t lowest = 0;
    for (const Sequence order : orders) {
      DynamicArray<std::int32_t> next = planning::sequence_of(ranges, order, bound.step);
      Placement candidate = planning::first_fit(ranges, {next.data(), next.size()});
      if (order == *orders.begin() || candidate.peak_bytes < lowest) {
        lowest = candidate.peak_bytes;
        sequence = std::move(next);
      }
      if (is_first || candidate.peak_bytes < best.peak_bytes) best = std::move(candidate);
      is_first = false;
      if (best.peak_bytes == bound.bytes) return true;
    }
    planning::improve(ranges, bound.bytes, most_steps, sequence, best);
    return best.peak_bytes == bound.bytes;
  };
  if (try_all({Sequence::largest_first, Sequence::longest_first, Sequence::by_first_use}, 64))
    return best;
  if (ranges.size() <= most_buffers_for_more)
    (void)try_all({Sequence::outwards, Sequence::largest_area_first}, 256);
  return best;
}

}  // namespace foregraph
