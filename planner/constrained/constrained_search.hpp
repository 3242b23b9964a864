#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <foregraph/detail/planner/constrained/constraints.hpp>
#include <foregraph/detail/planner/packing/effort.hpp>
#include <foregraph/detail/planner/packing/random.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// A search for placements of a part whose buffers have alignments, fixed offsets and gaps: first
/// fits in the orders of orders.hpp, then alternately in random ones and in the best one, varied as
/// in skyline_search.hpp. All offsets are in bytes.
///
/// Fixed buffers are placed first. Each of the others takes the lowest multiple of its alignment
/// at which no stretch of its life meets one of a placed buffer: the offsets that a placed stretch
/// rules out are an interval. O(n^2) for each try, and as much memory for pairs that overlap.
class ConstrainedSearch {
 public:
  /// `part` has the indices of `buffers`; both must outlive the search.
  ConstrainedSearch(std::span<const ConstrainedBuffer> buffers, const Part& part);

  /// Tries one order. When the effort is used up, the buffers left are stacked on top.
  void step(std::int64_t target, Effort& effort);
  /// Keeps the offsets of the part's buffers if they are better. `offsets` are of all buffers.
  void take_if_better(std::span<const std::int64_t> offsets);
  /// Returns the best offsets, by buffer of the part.
  [[nodiscard]] const std::vector<std::int64_t>& offsets() const { return best_offsets_; }
  [[nodiscard]] std::int64_t peak() const { return best_; }
  /// Returns true if nothing is left to try.
  [[nodiscard]] bool is_exhausted() const;
  [[nodiscard]] const Part& part() const { return part_; }

 private:
  /// Bytes of a buffer, from its offset on, in use during [first, last).
  struct Use {
    std::int32_t first;
    std::int32_t last;
    std::int64_t begin;
    std::int64_t end;
  };
  struct RuledOut {
    std::int64_t above;
    std::int64_t below;
  };
  [[nodiscard]] const ConstrainedBuffer& buffer(std::size_t i) const {
    return buffers_[at(part_.buffers[i].index)];
  }
  void rule_out(std::size_t by, std::size_t for_buffer);
  std::int64_t lowest_offset(std::size_t i, std::int64_t compared_before, Effort& effort);
  std::vector<std::int64_t> place(const std::vector<Index>& rank, Effort& effort);

  std::span<const ConstrainedBuffer> buffers_;
  const Part& part_;
  std::vector<std::vector<Use>> uses_{};
  std::vector<std::vector<Index>> overlapping_{};  ///< empty if there are too many pairs
  std::vector<char> is_placed_{};
  std::vector<Index> placed_{};
  std::vector<std::int64_t> current_{};
  std::vector<RuledOut> ruled_out_{};
  std::vector<std::int64_t> best_offsets_{};
  std::int64_t best_ = std::numeric_limits<std::int64_t>::max();
  std::vector<Index> best_rank_{};
  std::vector<Index> varied_rank_{};
  int steps_ = 0;
  int since_best_ = 0;
  Random random_{1};
};

}  // namespace foregraph::packing
