#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/effort.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// Fills a part from the bottom up, like a wall of bricks. Suitable for many buffers.
///
/// Method (best fit for packing strips: Burke, Kendall and Whitwell, "A New Placement Heuristic for
/// the Orthogonal Stock-Cutting Problem", 2004; for live ranges: Sekiyama et al., "Profile-Guided
/// Memory Optimization for Deep Neural Networks", 2018). The tops of the buffers placed so far form
/// a skyline over time. In each step its lowest stretch receives a buffer that lives within the
/// stretch; if there is none, the stretch is raised to its lower neighbour. Space is lost only
/// where nothing fits.
///
/// The buffers that live within a stretch are a quadrant in the plane of begin and end, which a
/// k-d tree (Bentley, 1975) searches for the first by rank. A placement takes O(n log n) for
/// typical buffers, O(n sqrt(n)) in the worst case.
class Skyline {
 public:
  /// Which of the buffers that fit is placed.
  enum class Choice {
    by_rank,  ///< the first by rank
    flush     ///< if possible one that fills the stretch, or else one that begins or ends with it
  };

  explicit Skyline(const Part& part);

  /// Places the buffers and returns their offsets in units. Returns none if the peak exceeds
  /// `give_up_above`, or the effort is used up before the end.
  [[nodiscard]] std::vector<std::int64_t> place(const std::vector<Index>& rank, Choice choice,
                                                std::int64_t give_up_above, Effort& effort);

 private:
  /// A range of buffers_, cut in two at its middle. Its children are 2 i + 1 and 2 i + 2.
  struct Node {
    Index least_first;
    Index most_first;
    Index least_last;
    Index most_last;
    Index best;  ///< least rank of the buffers not yet placed
  };
  struct Query {
    Index least_first;
    Index most_first;
    Index least_last;
    Index most_last;
  };
  void build(std::size_t node, std::size_t begin, std::size_t end, bool by_first);
  void search(std::size_t node, const Query& query, Index& best);
  [[nodiscard]] Index choose(Index begin, Index end, Choice choice);
  void remove(Index rank, std::size_t leaf);

  const Part& part_;
  std::vector<Index> buffers_{};  ///< in the order of the tree's leaves
  std::vector<Node> nodes_{};
  std::vector<std::size_t> leaf_{};  ///< by buffer: its node
  std::int64_t visited_ = 0;         ///< nodes, since the effort was last reduced
};

}  // namespace foregraph::packing
