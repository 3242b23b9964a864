#pragma once

#include <vector>

#include <foregraph/detail/base/sorting.hpp>
#include <foregraph/detail/planner/tasks/task_links.hpp>

namespace foregraph::planning {

/// Computes bounds that hold for every order of the tasks.
///
/// While a task runs, each value that one of the tasks before it in every order has computed, and
/// that the task itself or one behind it in every order reads, is alive; so are its results, but
/// for those it may write over operands that no later task needs in every order.
class OrderBound {
 public:
  constexpr OrderBound(const TaskLinks& links, const TaskMemory& memory)
      : links_(links), memory_(memory) {
    relation_.assign(links.count, 0);
  }

  /// Returns the most bytes that are alive at one task in every order. `heights` are the bytes
  /// alive at each position of `sequence`, one of these orders: the tasks are examined from the
  /// highest down, until none is left that could need more. If `most_tasks` are examined first, the
  /// bound holds too, but one by another task may be higher. O(tasks + edges + reads) for each
  /// task.
  [[nodiscard]] constexpr std::int64_t of_all(const DynamicArray<std::int32_t>& sequence,
                                              const DynamicArray<std::int64_t>& heights,
                                              std::int64_t most_tasks) {
    DynamicArray<std::int32_t> positions(sequence.size(), 0);
    for (std::size_t p = 0; p < positions.size(); ++p) positions[p] = static_cast<std::int32_t>(p);
    sort_by(positions.data(), positions.size(),
            [&](std::int32_t a, std::int32_t b) { return heights[index(a)] > heights[index(b)]; });
    std::int64_t bound = 0;
    for (const std::int32_t p : positions) {
      if (heights[index(p)] <= bound || most_tasks-- <= 0) break;
      const std::int64_t needed = at(sequence[index(p)]);
      if (needed > bound) bound = needed;
    }
    return bound;
  }

  /// Returns true if every order needs at least `bytes` at one of the tasks whose height is at
  /// least that, as far as the first `most_tasks` of them show.
  [[nodiscard]] constexpr bool is_reached(const DynamicArray<std::int32_t>& sequence,
                                          const DynamicArray<std::int64_t>& heights,
                                          std::int64_t bytes, std::int64_t most_tasks) {
    for (std::size_t p = 0; p < sequence.size() && most_tasks > 0; ++p) {
      if (heights[p] < bytes) continue;
      --most_tasks;
      if (at(sequence[p]) >= bytes) return true;
    }
    return false;
  }

  /// Returns the bytes alive at `task` in every order. O(tasks + edges + reads).
  [[nodiscard]] constexpr std::int64_t at(std::int32_t task) {
    relate(task);
    std::int64_t bytes = memory_.workspace_of(task);
    for (std::size_t v = 0; v < links_.values.size(); ++v)
      if (relation_[index(links_.makers[v])] == stamp_ + 1 &&
          (memory_.is_kept(links_.values[v]) || is_read_later(static_cast<std::int32_t>(v), task)))
        bytes += memory_.bytes_of(links_.values[v]);
    // The results written over operands: not more than there are such operands.
    std::int64_t results = 0;
    std::int64_t operands = 0;
    overwritten_.clear();
    for (const TaskMemory::Make& make : memory_.makes_of(task)) {
      bytes += memory_.bytes_of(make.node);
      bool any = false;
      for (const NodeId operand : memory_.overwrites_of(make)) {
        if (memory_.is_kept(operand) || is_read_behind(operand)) continue;
        any = true;
        bool known = false;
        for (const NodeId other : overwritten_) known = known || other == operand;
        if (known) continue;
        overwritten_.push_back(operand);
        operands += memory_.bytes_of(operand);
      }
      if (any) results += memory_.bytes_of(make.node);
    }
    return bytes - (results < operands ? results : operands);
  }

 private:
  [[nodiscard]] static constexpr std::size_t index(std::int32_t i) {
    return static_cast<std::size_t>(i);
  }
  /// Marks the tasks before `task` in every order with stamp_ + 1, and those behind with stamp_
  /// + 2.
  constexpr void relate(std::int32_t task) {
    stamp_ += 2;
    open_.clear();
    open_.push_back(task);
    for (std::size_t i = 0; i < open_.size(); ++i)
      for (const std::int32_t previous : links_.before.of(open_[i])) mark(previous, stamp_ + 1);
    open_.clear();
    open_.push_back(task);
    for (std::size_t i = 0; i < open_.size(); ++i)
      for (const std::int32_t next : links_.after(open_[i])) mark(next, stamp_ + 2);
  }
  constexpr void mark(std::int32_t task, std::int32_t relation) {
    if (relation_[index(task)] == relation) return;
    relation_[index(task)] = relation;
    open_.push_back(task);
  }
  [[nodiscard]] constexpr bool is_read_later(std::int32_t value, std::int32_t task) const {
    for (const std::int32_t reader : links_.readers.of(value))
      if (reader == task || relation_[index(reader)] == stamp_ + 2) return true;
    return false;
  }
  [[nodiscard]] constexpr bool is_read_behind(NodeId operand) const {
    for (std::size_t v = 0; v < links_.values.size(); ++v) {
      if (links_.values[v] != operand) continue;
      for (const std::int32_t reader : links_.readers.of(static_cast<std::int32_t>(v)))
        if (relation_[index(reader)] == stamp_ + 2) return true;
      return false;
    }
    return false;
  }

  const TaskLinks& links_;
  const TaskMemory& memory_;
  DynamicArray<std::int32_t> relation_{};  ///< by task; see relate()
  std::int32_t stamp_ = 0;
  DynamicArray<std::int32_t> open_{};
  DynamicArray<NodeId> overwritten_{};
};

}  // namespace foregraph::planning
