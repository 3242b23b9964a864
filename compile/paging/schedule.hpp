#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/planner/tasks/task_memory.hpp>

namespace foregraph::paging {

/// A value's way to the file. Positions are those of the plan's order.
struct PageOut {
  NodeId value = no_node;
  std::int32_t after = 0;   ///< the write begins after this task
  std::int32_t before = 0;  ///< and has ended before this one
};
/// A value's way back.
struct PageIn {
  NodeId value = no_node;
  std::int32_t begin = 0;   ///< the read begins before this task
  std::int32_t before = 0;  ///< and has ended before this one, which reads the value
};

/// Chooses the values that leave memory and the times of their transfers, for a plan's order under
/// a memory limit; see page_within().
class PageSchedule {
 public:
  PageSchedule(const Graph& g, const Plan& plan, std::int64_t limit)
      : plan_(plan),
        memory_(g, plan.tasks, plan.order.bound_variable, plan.batch),
        limit_(limit),
        uses_(index(g.size())),
        next_use_(index(g.size()), 0),
        state_(index(g.size())),
        fixed_(index(g.size()), 0) {
    for (std::size_t p = 0; p < plan.order.tasks.size(); ++p) {
      const std::int32_t task = plan.order.tasks[p];
      const bool is_copy = plan.tasks.list[index(task)].kind == Task::Kind::copy;
      for (const NodeId id : memory_.reads_of(task)) {
        uses_[index(id)].push_back(static_cast<std::int32_t>(p));
        if (is_copy) fixed_[index(id)] = 1;  // the new value of a variable
      }
    }
  }

  /// Returns true if the step can run under the limit.
  bool run() {
    for (std::size_t p = 0; p < plan_.order.tasks.size(); ++p) {
      now_ = static_cast<std::int32_t>(p);
      const std::int32_t task = plan_.order.tasks[p];
      const auto reads = memory_.reads_of(task);
      for (const NodeId id : reads) ++state_[index(id)].pins;
      for (const NodeId id : reads)
        if (!bring_back(id)) return false;
      const std::int64_t bytes = bytes_of_results(task);
      if (!make_room(bytes)) return false;
      heights_.push_back(alive_bytes_ + bytes);
      for (const NodeId id : overwritten_) drop(id);
      for (const NodeId id : reads) {
        --state_[index(id)].pins;
        state_[index(id)].last_used = now_;
        next_use_[index(id)] += 1;
      }
      for (const auto& make : memory_.makes_of(task)) {
        add(make.node);
        state_[index(make.node)].last_used = now_;
        drop_if_dead(make.node);
      }
      for (const NodeId id : reads) drop_if_dead(id);
    }
    read_ahead();
    return true;
  }

  std::vector<PageOut> outs{};  ///< in the order of `before`
  std::vector<PageIn> ins{};    ///< in the order of `before`

 private:
  static constexpr std::int32_t never = std::numeric_limits<std::int32_t>::max();
  /// Smaller values are not worth a transfer: the system moves pages of this size.
  static constexpr std::int64_t least_bytes = 4096;
  struct State {
    bool alive = false;
    std::int32_t written_at = -1;  ///< position before which it was written to the file, or -1
    std::int32_t last_used = 0;
    std::int32_t pins = 0;
  };

  [[nodiscard]] static std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] std::int32_t next_use(NodeId id) const {
    const auto& uses = uses_[index(id)];
    const std::size_t next = next_use_[index(id)];
    return next < uses.size() ? uses[next] : never;
  }
  void add(NodeId id) {
    state_[index(id)].alive = true;
    alive_list_.push_back(id);
    alive_bytes_ += memory_.bytes_of(id);
  }
  void drop(NodeId id) {
    state_[index(id)].alive = false;
    alive_list_.erase(std::find(alive_list_.begin(), alive_list_.end(), id));
    alive_bytes_ -= memory_.bytes_of(id);
  }
  void drop_if_dead(NodeId id) {
    if (state_[index(id)].alive && next_use(id) == never && !memory_.is_kept(id)) drop(id);
  }

  bool bring_back(NodeId id) {
    if (state_[index(id)].alive) return true;
    if (!make_room(memory_.bytes_of(id))) return false;
    ins.push_back({id, now_, now_});
    add(id);
    return true;
  }

  /// Returns the bytes that a task adds, and sets `overwritten_` to the operands that its results
  /// take the place of.
  std::int64_t bytes_of_results(std::int32_t task) {
    std::int64_t bytes = memory_.workspace_of(task);
    overwritten_.clear();
    for (const auto& make : memory_.makes_of(task)) {
      bytes += memory_.bytes_of(make.node);
      for (const NodeId over : memory_.overwrites_of(make)) {
        const auto& uses = uses_[index(over)];
        if (uses.back() != now_ || memory_.is_kept(over) ||
            std::find(overwritten_.begin(), overwritten_.end(), over) != overwritten_.end())
          continue;
        overwritten_.push_back(over);
        bytes -= memory_.bytes_of(make.node);
        break;
      }
    }
    return bytes;
  }

  /// Takes values out of memory until `bytes` more fit: first the one whose next use is the
  /// farthest (Belady's rule), of equal ones the largest. Returns false if they cannot fit.
  bool make_room(std::int64_t bytes) {
    while (alive_bytes_ + bytes > limit_) {
      NodeId best = no_node;
      for (const NodeId id : alive_list_) {
        if (state_[index(id)].pins != 0 || fixed_[index(id)] != 0 || memory_.is_kept(id) ||
            memory_.bytes_of(id) < least_bytes)
          continue;
        if (best == no_node || next_use(id) > next_use(best) ||
            (next_use(id) == next_use(best) && memory_.bytes_of(id) > memory_.bytes_of(best)))
          best = id;
      }
      if (best == no_node) return false;
      State& state = state_[index(best)];
      if (state.written_at < 0) {
        outs.push_back({best, state.last_used, now_});
        state.written_at = now_;
      }
      drop(best);
    }
    return true;
  }

  /// Begins each read as early as memory is free from then on, in the order of the uses, but not
  /// before the read before it, nor before the value has left memory.
  void read_ahead() {
    std::vector<std::int32_t> left_at(uses_.size(), 0);  // the first position without the value
    for (const PageOut& out : outs) left_at[index(out.value)] = out.before;
    std::int32_t earliest = 0;
    for (PageIn& in : ins) {
      const auto& uses = uses_[index(in.value)];
      // A value that has been read back stays until it is used; it leaves after that use at the
      // earliest.
      const auto use = std::lower_bound(uses.begin(), uses.end(), in.before);
      const std::int32_t after = use == uses.begin() ? 0 : *(use - 1) + 1;
      const std::int64_t bytes = memory_.bytes_of(in.value);
      const std::int32_t first = std::max({earliest, after, left_at[index(in.value)]});
      while (in.begin > first && heights_[index(in.begin - 1)] + bytes <= limit_) {
        --in.begin;
        heights_[index(in.begin)] += bytes;
      }
      earliest = in.begin;
    }
  }

  const Plan& plan_;
  planning::TaskMemory memory_;
  std::int64_t limit_;
  std::vector<std::vector<std::int32_t>> uses_;  ///< by value: positions of its readers
  std::vector<std::size_t> next_use_;            ///< by value: index into uses_
  std::vector<State> state_;                     ///< by value
  std::vector<char> fixed_;                      ///< by value: nonzero if it must stay
  std::vector<NodeId> alive_list_{};
  std::vector<NodeId> overwritten_{};    ///< operands that the current results overwrite
  std::vector<std::int64_t> heights_{};  ///< by position: bytes in use
  std::int64_t alive_bytes_ = 0;
  std::int32_t now_ = 0;
};

}  // namespace foregraph::paging
