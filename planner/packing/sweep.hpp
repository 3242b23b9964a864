#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// How to sweep.
struct SweepOptions {
  enum class From { peak, begin, end };
  enum class Stack { by_first, by_last, by_steps, by_size };
  From from = From::peak;
  Stack stack =
      Stack::by_steps;      ///< bottom first; the other way round for the end that comes first
  bool best_fit = true;     ///< else the lowest gap
  bool large_first = true;  ///< of buffers that come together; else the longest-lived first
};

/// Places buffers in order of time, outwards from one section, for many buffers.
///
/// Idea: those alive at the section with the most alive are stacked without a gap, the
/// longest-lived at the bottom, so that forward and backward in time it is the top that falls free
/// first: right for lives nested like parentheses, as activations' are. From there to both sides
/// buffers come into the gaps that others have left, as with an allocator at run time: best fit
/// (Knuth, The Art of Computer Programming, vol. 1, 2.5) or first fit. Since a sweep only meets
/// buffers alive where it is, no other has to be looked at. O(n log n), for lowest gap O(n * gaps).
/// Offsets in units.
[[nodiscard]] std::vector<std::int64_t> sweep(const Part& part, const SweepOptions& options);

}  // namespace foregraph::packing
