#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <foregraph/detail/compile/recomputation/recipes.hpp>
#include <foregraph/detail/compile/recomputation/simulation.hpp>
#include <foregraph/detail/planner/tasks/task_memory.hpp>

namespace foregraph::recomputation {

/// Removes recomputations for which there is room: those whose value can stay in memory since its
/// last use. A simulation decides with what it has seen so far; here the whole step is known.
///
/// Removing a computation from the sequence is enough, as later readers then read the version
/// before. Computations that nothing reads any more go with it. O(computations) for each removal
/// that looks possible between the two versions.
class CleanUp {
 public:
  CleanUp(const Graph& g, const Recipes& recipes, const planning::TaskMemory& memory)
      : recipes_(recipes), memory_(memory), version_(index(g.size()), -1) {}

  /// Shortens `sequence` without exceeding `limit` bytes of transient memory.
  void run(std::vector<Computation>& sequence, std::int64_t limit) {
    sequence_ = &sequence;
    limit_ = limit;
    removed_.assign(sequence.size(), 0);
    if (!fits()) return;  // never the case for the sequence of a simulation within the limit
    adopt();
    constexpr int most_rounds = 4;
    for (int round = 0; round < most_rounds; ++round) {
      list_candidates();
      bool is_shorter = false;
      for (const Candidate& candidate : candidates_) {
        if (dead_[index(candidate.position)] != 0 || !has_room(candidate.position)) continue;
        removed_[index(candidate.position)] = 1;
        if (fits()) {
          adopt();
          is_shorter = true;
        } else {
          removed_[index(candidate.position)] = 0;
        }
      }
      if (!is_shorter) break;
    }
    std::size_t kept = 0;
    for (std::size_t p = 0; p < sequence.size(); ++p)
      if (dead_[p] == 0) sequence[kept++] = sequence[p];
    sequence.resize(kept);
  }

 private:
  struct Version {
    NodeId value = no_node;
    std::int32_t last_use = -1;
  };
  struct Candidate {
    double score = 0;
    std::int32_t position = 0;
  };

  template <class Visit>
  void for_each_read(const Computation& each, const Visit& visit) const {
    if (each.again != no_node) {
      for (const NodeId id : recipes_.of(each.again).operands) visit(id);
    } else {
      for (const NodeId id : memory_.reads_of(each.task)) visit(id);
    }
  }
  template <class Visit>
  void for_each_make(const Computation& each, const Visit& visit) const {
    for (const auto& make : memory_.makes_of(each.task))
      if (each.again == no_node || make.node == each.again) visit(make);
  }

  /// Returns true if the sequence without the removed computations is within the limit. Sets the
  /// trial arrays.
  bool fits() {
    const auto count = static_cast<std::int32_t>(sequence_->size());
    // Backwards: the position of each version's last use.
    trial_dead_ = removed_;
    trial_last_.assign(sequence_->size(), -1);
    std::fill(version_.begin(), version_.end(), -1);
    for (std::int32_t p = count - 1; p >= 0; --p) {
      const Computation& each = (*sequence_)[index(p)];
      if (trial_dead_[index(p)] != 0) continue;
      if (each.again != no_node) {
        const std::int32_t last = version_[index(each.again)];
        if (last < 0) {
          trial_dead_[index(p)] = 1;
          continue;
        }
        trial_last_[index(p)] = last;
        version_[index(each.again)] = -1;
      }
      for_each_read(each, [&](NodeId id) {
        if (version_[index(id)] < 0) version_[index(id)] = p;
      });
    }
    return measure();
  }

  /// Forward: bytes alive at each position.
  bool measure() {
    const auto count = static_cast<std::int32_t>(sequence_->size());
    // version_ now holds the last use of the first version of each value.
    trial_heights_.assign(sequence_->size(), 0);
    std::int64_t alive = 0;
    for (std::int32_t p = 0; p < count; ++p) {
      if (trial_dead_[index(p)] != 0) continue;
      const Computation& each = (*sequence_)[index(p)];
      taken_.clear();
      std::int64_t dead_after = 0;
      // Before the versions change: an operand that dies here may be overwritten.
      for_each_read(each, [&](NodeId id) {
        if (version_[index(id)] == p && !memory_.is_kept(id)) dead_after += memory_.bytes_of(id);
      });
      made_.clear();
      for_each_make(each, [&](const planning::TaskMemory::Make& make) {
        NodeId over = no_node;
        for (const NodeId id : memory_.overwrites_of(make)) {
          if (version_[index(id)] != p || memory_.is_kept(id) ||
              std::find(taken_.begin(), taken_.end(), id) != taken_.end() || !reads(each, id))
            continue;
          over = id;
          break;
        }
        if (over != no_node) {
          taken_.push_back(over);
          dead_after -= memory_.bytes_of(over);
        } else {
          alive += memory_.bytes_of(make.node);
        }
        made_.push_back(make.node);
      });
      for (const NodeId id : made_) {
        if (each.again != no_node) version_[index(id)] = trial_last_[index(p)];
        if (version_[index(id)] < 0 && !memory_.is_kept(id)) dead_after += memory_.bytes_of(id);
      }
      const std::int64_t height = alive + memory_.workspace_of(each.task);
      trial_heights_[index(p)] = height;
      if (height > limit_) return false;
      alive -= dead_after;
    }
    return true;
  }
  [[nodiscard]] bool reads(const Computation& each, NodeId id) const {
    if (each.again == no_node) return true;
    const auto& operands = recipes_.of(each.again).operands;
    return std::find(operands.begin(), operands.end(), id) != operands.end();
  }

  /// Takes the result of fits().
  void adopt() {
    dead_ = trial_dead_;
    removed_ = trial_dead_;
    heights_ = trial_heights_;
  }

  /// Lists the recomputations, those first that cost most for the bytes they free and the time.
  void list_candidates() {
    candidates_.clear();
    before_.assign(sequence_->size(), -1);
    std::vector<std::int32_t>& used = version_;
    std::fill(used.begin(), used.end(), -1);
    for (std::size_t p = 0; p < sequence_->size(); ++p) {
      if (dead_[p] != 0) continue;
      const Computation& each = (*sequence_)[p];
      const auto position = static_cast<std::int32_t>(p);
      if (each.again != no_node) {
        before_[p] = used[index(each.again)];
        const Recipe& recipe = recipes_.of(each.again);
        const double work = static_cast<double>(recipe.work);
        const double bytes = static_cast<double>(memory_.bytes_of(each.again)) + 1;
        candidates_.push_back({work / (bytes * (position - before_[p])), position});
      }
      for_each_read(each, [&](NodeId id) { used[index(id)] = position; });
      for_each_make(each, [&](const auto& make) { used[index(make.node)] = position; });
    }
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  }
  /// Returns true if the value could stay alive until `position` beside the computations that
  /// remain in any case.
  [[nodiscard]] bool has_room(std::int32_t position) const {
    const std::int64_t bytes = memory_.bytes_of((*sequence_)[index(position)].again);
    for (std::int32_t p = position - 1; p > before_[index(position)]; --p)
      if (dead_[index(p)] == 0 && (*sequence_)[index(p)].again == no_node &&
          heights_[index(p)] + bytes > limit_)
        return false;
    return true;
  }

  const Recipes& recipes_;
  const planning::TaskMemory& memory_;
  std::vector<Computation>* sequence_ = nullptr;
  std::int64_t limit_ = 0;
  std::vector<char> removed_{};
  std::vector<char> dead_{};
  std::vector<char> trial_dead_{};
  std::vector<std::int64_t> heights_{};
  std::vector<std::int64_t> trial_heights_{};
  std::vector<std::int32_t> trial_last_{};
  std::vector<std::int32_t> version_;
  std::vector<std::int32_t> before_{};
  std::vector<NodeId> taken_{};
  std::vector<NodeId> made_{};
  std::vector<Candidate> candidates_{};
};

}  // namespace foregraph::recomputation
