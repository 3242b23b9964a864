#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/effort.hpp>
#include <foregraph/detail/planner/packing/random.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// A local search over first-fit sequences, for large but loose parts: those in which only few
/// sections come near the most bytes alive.
///
/// Idea: a buffer at the peak, or one of the buffers it rests on, was placed too late. One of them
/// is moved to a random earlier position, and the move is kept if the peak is at most a little
/// above the lowest so far (record-to-record travel: Dueck, "New Optimization Heuristics", 1993).
/// A step repeats the first fit from that position: O(n^2) worst case. Deterministic.
class SequenceSearch {
 public:
  SequenceSearch(const Part& part, const std::vector<Index>& rank, Effort& effort);

  /// Tries one move. A move that uses up the effort is taken back.
  void step(std::int64_t target, Effort& effort);
  /// Returns the best offsets so far.
  [[nodiscard]] const std::vector<std::int64_t>& offsets() const { return best_offsets_; }
  [[nodiscard]] std::int64_t peak() const { return best_; }

 private:
  struct Placed {
    std::int64_t offset;
    std::int64_t end;
    Index first;
    Index last;
    Index buffer;
  };
  Index draw_culprit();
  std::int64_t place_from(std::size_t position, std::int64_t give_up_above, Effort& effort);

  const Part& part_;
  std::vector<Index> sequence_{};
  std::vector<std::int64_t> offsets_{};
  std::vector<Placed> row_{};  ///< placed buffers, sorted by offset
  std::int64_t peak_ = 0;
  std::vector<std::int64_t> best_offsets_{};
  std::int64_t best_ = 0;
  Random random_{1};
};

}  // namespace foregraph::packing
