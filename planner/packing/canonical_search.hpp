#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/effort.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// Searches for a placement of a part within a capacity, by branch and bound. Complete unless the
/// step limit ends it.
///
/// Method (Moffitt, "MiniMalloc: A Lightweight Memory Allocator for Hardware-Accelerated Machine
/// Learning", ASPLOS 2023/24): a solution stays one if each buffer is pushed down until it rests on
/// another. The search therefore considers only such canonical solutions, and builds them in order
/// of offset, ties broken by a given rank. Each buffer then has only one possible offset at a time:
/// on top of the highest placed buffer it overlaps in time. A node of the search tree branches over
/// the buffers whose offset is below the lowest top that any remaining buffer would have; above
/// that top, this other buffer would fit underneath. A branch ends when, in some section, the
/// lowest offset of the remaining buffers plus the sum of their sizes exceeds the capacity. If the
/// remaining buffers fall into groups that do not overlap in time, each group is solved separately.
///
/// Exponential in the worst case. A step tries one placement, in O(buffers + sections * alive) for
/// the buffers and sections it affects.
class CanonicalSearch {
 public:
  enum class Outcome { found, impossible, gave_up };

  explicit CanonicalSearch(const Part& part);

  /// Searches for a placement within `capacity`. `rank` orders buffers that have the same offset.
  /// Gives up after `most_steps`, or when the effort is used up. Deterministic but for the time.
  Outcome run(std::int64_t capacity, const std::vector<Index>& rank, std::int64_t most_steps,
              Effort& effort);

  /// Returns the offsets in units; valid after Outcome::found.
  [[nodiscard]] const std::vector<std::int64_t>& offsets() const { return offsets_; }
  /// Returns the number of steps of the last run.
  [[nodiscard]] std::int64_t steps() const { return steps_; }

 private:
  struct Last {
    std::int64_t offset = 0;
    Index rank = -1;
  };
  struct Mark {
    std::size_t raised;
    std::size_t placed;
  };
  struct Raised {
    Index buffer;
    std::int64_t offset;  ///< before the change
  };
  bool solve_parts(const std::vector<Index>& rest, Last last);
  bool solve(const std::vector<Index>& rest, Last last);
  bool push_up(Index placed, std::int64_t top);
  bool fits_still(Index placed, const std::vector<Index>& rest);
  void place(Index i);
  void undo(Mark mark);

  const Part& part_;
  std::vector<std::vector<Index>> overlapping_{};
  std::int64_t capacity_ = 0;
  const std::vector<Index>* rank_ = nullptr;
  std::int64_t most_steps_ = 0;
  Effort* effort_ = nullptr;
  std::int64_t steps_ = 0;
  bool gave_up_ = false;
  std::vector<std::int64_t> offsets_{};  ///< of placed buffers; for the others, the lowest possible
  std::vector<char> is_placed_{};
  std::vector<std::int64_t> to_come_{};  ///< by section: sum of the sizes not yet placed
  std::vector<std::int64_t> lowest_{};   ///< by section: lowest offset of the remaining buffers
  std::vector<Raised> raised_{};         ///< changes to offsets_
  std::vector<Index> placed_{};
};

}  // namespace foregraph::packing
