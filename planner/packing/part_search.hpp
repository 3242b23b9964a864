#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include <foregraph/detail/planner/packing/canonical_search.hpp>
#include <foregraph/detail/planner/packing/contraction.hpp>
#include <foregraph/detail/planner/packing/effort.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>
#include <foregraph/detail/planner/packing/sequence_search.hpp>
#include <foregraph/detail/planner/packing/skyline_search.hpp>

namespace foregraph::packing {

/// The best known placement of one part, and the searches that improve it. All sizes are in units.
///
/// A sweep, fillings from the bottom up, further sweeps and first fits come first, as they are fast
/// for any number of buffers. Rounds of growing effort follow: further fillings and varied first
/// fits, then canonical searches for a placement within the target or,
/// if none is found, within capacities between the target and the best peak, by bisection. The
/// duration of a canonical search is heavy-tailed, which many short searches avoid (Gomes, Selman
/// and Kautz, "Boosting Combinatorial Search Through Randomization", 1998). Each round first
/// searches the smaller part that results from joining buffers (contraction.hpp).
class PartSearch {
 public:
  /// Starts a search of `part`. If `is_contracted`, its buffers are not joined any further.
  explicit PartSearch(const Part& part, bool is_contracted = false);

  [[nodiscard]] const Part& part() const { return *part_; }
  [[nodiscard]] std::int64_t peak() const { return peak_; }
  [[nodiscard]] const std::vector<std::int64_t>& offsets() const { return offsets_; }
  /// Returns a lower bound on the peak; it rises when a search proves a capacity impossible.
  [[nodiscard]] std::int64_t bound() const { return bound_; }
  /// Returns true if nothing is left to try.
  [[nodiscard]] bool is_exhausted() const { return is_exhausted_; }

  /// Keeps `offsets` if they have a lower peak. Returns their peak.
  std::int64_t take_if_better(std::vector<std::int64_t> offsets);

  /// Tries the fast placements. Like the searches below, stops when the peak is at most `target`,
  /// or when the effort is used up.
  void place_fast(std::int64_t target, Effort& effort);
  /// Runs the skyline search for `tries` steps, continuing from the last call.
  void vary_skyline(std::int64_t target, int tries, Effort& effort);
  /// Runs the sequence search for `tries` steps, continuing from the last call.
  void vary_sequence(std::int64_t target, int tries, Effort& effort);
  /// Runs the next round, searching for peaks less than `below`.
  void search(std::int64_t target, std::int64_t below, Effort& effort);

 private:
  void sweep_all(std::int64_t target, bool best_fit, Effort& effort);
  void first_fit_all(std::int64_t target, Effort& effort);
  [[nodiscard]] std::unique_ptr<Contraction> contract(Effort& effort);
  void contract_fast(std::int64_t target, Effort& effort);
  void search_contracted(std::int64_t target, Effort& effort);
  void search_capacities(std::int64_t target, std::int64_t below, Effort& effort);
  bool try_capacity(std::int64_t capacity, Effort& effort);
  const std::vector<Index>& rank(int order);

  const Part* part_;
  std::vector<std::int64_t> offsets_{};
  std::int64_t peak_ = 0;
  std::int64_t bound_ = 0;
  bool is_exhausted_ = false;
  bool is_contracted_;
  bool is_for_canonical_ = true;  ///< few enough pairs of buffers overlap
  int best_order_ = 0;            ///< of the first fits
  std::int64_t best_order_peak_ = std::numeric_limits<std::int64_t>::max();
  int round_ = 0;
  int first_random_ = 0;  ///< first random order of this round
  std::int64_t most_steps_ = 0;
  std::unique_ptr<CanonicalSearch> canonical_{};
  std::vector<std::vector<Index>> ranks_{};
  std::unique_ptr<SkylineSearch> skyline_search_{};
  std::unique_ptr<SequenceSearch> sequence_search_{};
  std::uint64_t next_seed_ = 0;  ///< for contractions
  std::unique_ptr<Contraction> contraction_{};
  std::unique_ptr<PartSearch> contracted_{};  ///< null if no buffers can be joined
};

}  // namespace foregraph::packing
