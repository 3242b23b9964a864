#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/random.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// A local search over the sequences of a first fit; for parts with few sections near the most
/// alive, which are loose but large.
///
/// Idea: a buffer that reaches the peak came too late, or one of those it lies on did. One of them
/// is moved to an earlier place, drawn at random, and the change kept if the peak is at most a
/// little above the lowest so far (record-to-record travel: Dueck, "New Optimization Heuristics",
/// 1993). A step is the part of a first fit after that place: O(n^2) at worst. Deterministic.
class SequenceSearch {
 public:
  SequenceSearch(const Part& part, const std::vector<Index>& rank);

  void step(std::int64_t target);
  /// The best so far.
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
  std::int64_t place_from(std::size_t position, std::int64_t give_up_above);

  const Part& part_;
  std::vector<Index> sequence_{};
  std::vector<std::int64_t> offsets_{};
  std::vector<Placed> row_{};  ///< what is placed, by offset
  std::int64_t peak_ = 0;
  std::vector<std::int64_t> best_offsets_{};
  std::int64_t best_ = 0;
  Random random_{1};
};

}  // namespace foregraph::packing
