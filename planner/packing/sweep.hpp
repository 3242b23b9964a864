#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/effort.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// The variants of sweep().
struct SweepOptions {
  enum class From { peak, begin, end };
  enum class Stack { by_first, by_last, by_steps, by_size };
  From from = From::peak;
  Stack stack =
      Stack::by_steps;  ///< order of the stack, bottom first; reversed for the end that comes first
  bool best_fit = true;     ///< if false, first fit: the lowest gap
  bool large_first = true;  ///< order of buffers with the same begin; if false, longest-lived first
};

/// Places buffers in order of time, outwards from one section. Suitable for many buffers. Returns
/// offsets in units.
///
/// The buffers alive at the section with the most bytes alive are stacked without gaps, the
/// longest-lived at the bottom, so that the top is freed first in both directions of time. This
/// suits nested live ranges, such as those of activations. From there to both sides, buffers are
/// placed in the gaps that others have left, as by a run-time allocator: best fit (Knuth, The Art
/// of Computer Programming, vol. 1, 2.5) or first fit. A sweep only looks at buffers alive at its
/// current section. O(n log n); first fit O(n * gaps).
///
/// When the effort is used up, the buffers still to be placed are stacked on top of the others.
[[nodiscard]] std::vector<std::int64_t> sweep(const Part& part, const SweepOptions& options,
                                              Effort& effort);

}  // namespace foregraph::packing
