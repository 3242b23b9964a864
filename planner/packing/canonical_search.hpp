#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// Looks for a placement of a part within a capacity, by branch and bound; complete if it is let.
///
/// Idea (Moffitt, "MiniMalloc: A Lightweight Memory Allocator for Hardware-Accelerated Machine
/// Learning", ASPLOS 2023/24): pushing each buffer of a solution down until it lies on another
/// keeps it a solution, so only such canonical ones are looked for; and they are built in order of
/// offsets, equal ones by a given rank. Each buffer then has one place at a time: on top of the
/// highest placed buffer it meets. A node of the search places one of the buffers that start below
/// the top which any other would have: past that, the other could have gone beneath. A branch ends
/// when in some section the lowest place of any buffer still to come, plus all their sizes, is over
/// the capacity. When the rest falls into parts that do not meet, each is solved for itself.
///
/// Exponential at worst. A step, which is a placement tried, is O(buffers + sections * alive) of
/// what it touches.
class CanonicalSearch {
 public:
  enum class Outcome { found, impossible, gave_up };

  explicit CanonicalSearch(const Part& part);

  /// `rank` says per buffer when to try it, among those that have the same offset. Gives up after
  /// `most_steps`. Deterministic.
  Outcome run(std::int64_t capacity, const std::vector<Index>& rank, std::int64_t most_steps);

  /// After Outcome::found, the offsets in units.
  [[nodiscard]] const std::vector<std::int64_t>& offsets() const { return offsets_; }
  /// Taken by the last run.
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
    std::int64_t offset;  ///< before
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
  std::int64_t steps_ = 0;
  bool gave_up_ = false;
  std::vector<std::int64_t> offsets_{};  ///< of placed buffers, and the least of the others
  std::vector<char> is_placed_{};
  std::vector<std::int64_t> to_come_{};  ///< per section, the sizes not yet placed
  std::vector<std::int64_t> lowest_{};   ///< per section, the lowest place of what is to come
  std::vector<Raised> raised_{};         ///< changes to offsets_
  std::vector<Index> placed_{};
};

}  // namespace foregraph::packing
