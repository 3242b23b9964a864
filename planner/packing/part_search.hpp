#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include <foregraph/detail/planner/packing/canonical_search.hpp>
#include <foregraph/detail/planner/packing/contraction.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>
#include <foregraph/detail/planner/packing/sequence_search.hpp>

namespace foregraph::packing {

using Deadline = std::chrono::steady_clock::time_point;

/// The best placement known of one part, and how to better it. Units throughout.
///
/// Idea: first what is fast for any number of buffers, sweeps and first fits. Then rounds, each
/// with more of everything: varied first fits; then canonical searches, whether there is a
/// placement within the target, and if none is found, within capacities between the target and the
/// best, by bisection. The time such a search takes has a heavy tail, which many short ones avoid
/// (Gomes, Selman and Kautz, "Boosting Combinatorial Search Through Randomization", 1998). The same
/// is done first with what is left of the part when buffers are joined (contraction.hpp).
class PartSearch {
 public:
  /// `is_contracted`: it is useless to join buffers of it.
  explicit PartSearch(const Part& part, bool is_contracted = false);

  [[nodiscard]] const Part& part() const { return *part_; }
  [[nodiscard]] std::int64_t peak() const { return peak_; }
  [[nodiscard]] const std::vector<std::int64_t>& offsets() const { return offsets_; }
  /// No placement has a lower peak. Rises when a search ends without finding.
  [[nodiscard]] std::int64_t bound() const { return bound_; }
  /// Nothing is left to try.
  [[nodiscard]] bool is_exhausted() const { return is_exhausted_; }

  /// Returns the peak of `offsets`.
  std::int64_t take_if_better(std::vector<std::int64_t> offsets);

  /// These stop when the peak is at most `target`, or at the deadline.
  void sweep_all(std::int64_t target, Deadline deadline);
  /// Goes on where the last call ended.
  void vary_sequence(std::int64_t target, int tries, Deadline deadline);
  void first_fit_all(std::int64_t target, Deadline deadline);
  /// One round, for peaks less than `below`; each call is the next.
  void search(std::int64_t target, std::int64_t below, Deadline deadline);

 private:
  void search_contracted(std::int64_t target, Deadline deadline);
  bool try_capacity(std::int64_t capacity, Deadline deadline);
  const std::vector<Index>& rank(int order);

  const Part* part_;
  std::vector<std::int64_t> offsets_{};
  std::int64_t peak_ = 0;
  std::int64_t bound_ = 0;
  bool is_exhausted_ = false;
  bool is_contracted_;
  int best_order_ = 0;  ///< for first fits
  std::int64_t best_order_peak_ = std::numeric_limits<std::int64_t>::max();
  int round_ = 0;
  int first_random_ = 0;  ///< of this round
  std::int64_t most_steps_ = 0;
  std::unique_ptr<CanonicalSearch> canonical_{};
  std::vector<std::vector<Index>> ranks_{};
  std::unique_ptr<SequenceSearch> sequence_search_{};
  std::uint64_t next_seed_ = 0;  ///< for contractions
  std::unique_ptr<Contraction> contraction_{};
  std::unique_ptr<PartSearch> contracted_{};  ///< null if no buffers can be joined
};

}  // namespace foregraph::packing
