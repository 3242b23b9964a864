#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <foregraph/detail/compile/recomputation/recipes.hpp>
#include <foregraph/detail/planner/tasks/task_memory.hpp>

namespace foregraph::recomputation {

/// How a simulation chooses.
struct Rule {
  enum class Weight : std::uint8_t { none, root, full };
  /// Weights in the choice of the value to drop, beside its bytes.
  Weight distance = Weight::full;  ///< of the distance to the next use
  Weight work = Weight::full;      ///< of the work to recompute it
  /// True if the dropped operands of a computation are recomputed in the order of their work, and
  /// none of its other operands is dropped meanwhile; else all are taken as they come.
  bool most_work_first = true;
};

/// One computation in the new order: a whole task for the first time, or one recomputed value.
struct Computation {
  std::int32_t task = -1;
  NodeId again = no_node;
};

inline constexpr std::int32_t never = std::numeric_limits<std::int32_t>::max();

/// Simulates the step under a memory limit; see recompute_within().
class Simulation {
 public:
  Simulation(const Graph& g, const Plan& plan, const Recipes& recipes, Rule rule,
             std::int64_t limit, std::int64_t most_extra_flops)
      : plan_(plan),
        recipes_(recipes),
        memory_(g, plan.tasks, plan.order.bound_variable, plan.batch),
        rule_(rule),
        limit_(limit),
        flops_left_(most_extra_flops),
        uses_(index(g.size())),
        next_use_(index(g.size()), 0),
        alive_(index(g.size()), 0),
        pins_(index(g.size()), 0),
        seen_(index(g.size()), 0),
        updated_at_(index(g.size()), never) {
    for (std::size_t p = 0; p < plan.order.tasks.size(); ++p) {
      const std::int32_t task = plan.order.tasks[p];
      for (const NodeId id : memory_.reads_of(task))
        uses_[index(id)].push_back(static_cast<std::int32_t>(p));
      for (const NodeId id : plan.tasks.members_of(plan.tasks.list[index(task)]))
        if (const std::int32_t v = plan.order.bound_variable[index(id)]; v >= 0)
          updated_at_[index(g.variables[index(v)].node)] = static_cast<std::int32_t>(p);
    }
  }

  /// Returns true if the step can run under the limit; `computations` then holds the new order.
  bool run() {
    for (std::size_t p = 0; p < plan_.order.tasks.size(); ++p) {
      now_ = static_cast<std::int32_t>(p);
      const std::int32_t task = plan_.order.tasks[p];
      const auto reads = memory_.reads_of(task);
      if (!ensure_all(reads.begin(), reads.end())) return false;
      for (const NodeId id : reads) pass_use(id);
      if (!make_room_for(task, no_node)) return false;
      computations.push_back({task, no_node});
      drop_overwritten();
      for (const auto& make : memory_.makes_of(task)) {
        add(make.node);
        if (next_use(make.node) == never && !memory_.is_kept(make.node)) drop(make.node);
      }
      for (const NodeId id : reads) --pins_[index(id)];
      for (const NodeId id : reads) drop_if_useless(id);
    }
    return true;
  }

  [[nodiscard]] const planning::TaskMemory& memory() const { return memory_; }

  std::vector<Computation> computations{};

 private:
  /// Returns the position at which one of the original readers next reads the value, or `never`.
  [[nodiscard]] std::int32_t next_use(NodeId id) const {
    const auto& uses = uses_[index(id)];
    const auto next = index(next_use_[index(id)]);
    return next < uses.size() ? uses[next] : never;
  }
  /// Advances past the use of the value at the current position.
  void pass_use(NodeId id) {
    while (next_use(id) <= now_) ++next_use_[index(id)];
  }
  void add(NodeId id) {
    alive_[index(id)] = 1;
    alive_list_.push_back(id);
    alive_bytes_ += memory_.bytes_of(id);
  }
  void drop(NodeId id) {
    alive_[index(id)] = 0;
    alive_list_.erase(std::find(alive_list_.begin(), alive_list_.end(), id));
    alive_bytes_ -= memory_.bytes_of(id);
  }
  void drop_if_useless(NodeId id) {
    if (alive_[index(id)] != 0 && pins_[index(id)] == 0 && next_use(id) == never &&
        !memory_.is_kept(id))
      drop(id);
  }

  /// Makes room for the results of a task, or for `only` one of them. Results may be written in
  /// place over operands at their last read; if there is no room otherwise, also over operands that
  /// are needed later but can be recomputed.
  bool make_room_for(std::int32_t task, NodeId only) {
    return make_room(bytes_needed(task, only, false)) || make_room(bytes_needed(task, only, true));
  }
  [[nodiscard]] std::int64_t bytes_needed(std::int32_t task, NodeId only, bool may_drop) {
    std::int64_t bytes = memory_.workspace_of(task);
    overwritten_.clear();
    for (const auto& make : memory_.makes_of(task)) {
      if (only != no_node && make.node != only) continue;
      bytes += memory_.bytes_of(make.node);
      for (const NodeId over : memory_.overwrites_of(make)) {
        const std::int32_t next = next_use(over);
        const bool dies = next == never || (may_drop && can_be_made(recipes_.of(over), next));
        if (!dies || alive_[index(over)] == 0 || memory_.is_kept(over) || pins_[index(over)] != 1 ||
            std::find(overwritten_.begin(), overwritten_.end(), over) != overwritten_.end())
          continue;
        overwritten_.push_back(over);
        bytes -= memory_.bytes_of(make.node);
        break;
      }
    }
    return bytes;
  }
  void drop_overwritten() {
    for (const NodeId id : overwritten_) drop(id);
  }

  /// Recomputes the value unless it is alive, and first any dropped operands. Returns false if this
  /// is not possible.
  bool ensure(NodeId id) {
    if (alive_[index(id)] != 0) return true;
    const Recipe& recipe = recipes_.of(id);
    if (!can_be_made(recipe, now_) || recipe.flops > flops_left_) return false;
    constexpr int deepest = 4000;
    if (++depth_ > deepest) return false;
    const bool ready = ensure_all(recipe.operands.begin(), recipe.operands.end());
    const std::int32_t task = plan_.tasks.task_of[index(id)];
    const bool made = ready && recipe.flops <= flops_left_ && make_room_for(task, id);
    if (made) {
      drop_overwritten();
      flops_left_ -= recipe.flops;
      computations.push_back({task, id});
      add(id);
    }
    if (ready) {
      for (const NodeId operand : recipe.operands) --pins_[index(operand)];
      for (const NodeId operand : recipe.operands) drop_if_useless(operand);
    }
    --depth_;
    return made;
  }

  /// Recomputes the dropped ones of the operands of a computation and pins all of them, or returns
  /// false. With Rule::most_work_first, an operand that takes much work to recompute, and so is
  /// likely to need much memory on the way, comes before others take theirs.
  template <class Iterator>
  bool ensure_all(Iterator first, Iterator last) {
    if (!rule_.most_work_first) {
      for (Iterator it = first; it != last; ++it) {
        if (!ensure(*it)) {
          while (it != first) --pins_[index(*--it)];
          return false;
        }
        ++pins_[index(*it)];
      }
      return true;
    }
    std::vector<std::pair<double, NodeId>> dropped;
    for (Iterator it = first; it != last; ++it) {
      if (alive_[index(*it)] == 0) dropped.emplace_back(0, *it);
      // A dropped one is pinned when it has been recomputed.
      if (alive_[index(*it)] != 0) ++pins_[index(*it)];
    }
    if (dropped.size() > 1) {
      for (auto& each : dropped) each.first = work_to_remake(each.second, now_);
      std::stable_sort(dropped.begin(), dropped.end(),
                       [](const auto& a, const auto& b) { return a.first > b.first; });
    }
    std::size_t made = 0;
    for (; made < dropped.size() && ensure(dropped[made].second); ++made)
      ++pins_[index(dropped[made].second)];
    if (made == dropped.size()) return true;
    for (; made < dropped.size(); ++made) ++pins_[index(dropped[made].second)];
    for (Iterator it = first; it != last; ++it) --pins_[index(*it)];
    return false;
  }

  [[nodiscard]] bool can_be_made(const Recipe& recipe, std::int32_t when) const {
    if (!recipe.allowed) return false;
    for (const NodeId variable : recipe.variables)
      if (updated_at_[index(variable)] < when) return false;
    return true;
  }

  /// Drops values until `bytes` more fit. Returns false if they cannot.
  bool make_room(std::int64_t bytes) {
    while (alive_bytes_ + bytes > limit_) {
      NodeId best = no_node;
      double best_score = 0;
      for (const NodeId id : alive_list_) {
        if (pins_[index(id)] != 0 || memory_.is_kept(id)) continue;
        const std::int32_t next = next_use(id);
        if (next == never || memory_.bytes_of(id) == 0) continue;
        const double work = work_to_remake(id, next);
        if (work < 0) continue;
        const double bytes_saved = static_cast<double>(memory_.bytes_of(id));
        const double score =
            weighted(work, rule_.work) / (bytes_saved * weighted(next - now_ + 1, rule_.distance));
        if (best == no_node || score < best_score) {
          best = id;
          best_score = score;
        }
      }
      if (best == no_node) return false;
      drop(best);
    }
    return true;
  }

  [[nodiscard]] static double weighted(double factor, Rule::Weight weight) {
    switch (weight) {
      case Rule::Weight::none:
        return 1;
      case Rule::Weight::root:
        return std::sqrt(factor);
      case Rule::Weight::full:
        break;
    }
    return factor;
  }

  /// Returns the work to recompute a value at position `when`, including all ancestors that will
  /// not be alive then; negative if this is not possible.
  double work_to_remake(NodeId value, std::int32_t when) {
    ++stamp_;
    double work = 0;
    open_.assign(1, value);
    seen_[index(value)] = stamp_;
    while (!open_.empty()) {
      const NodeId id = open_.back();
      open_.pop_back();
      const Recipe& recipe = recipes_.of(id);
      if (!can_be_made(recipe, when)) return -1;
      work += static_cast<double>(recipe.work);
      for (const NodeId operand : recipe.operands) {
        if (seen_[index(operand)] == stamp_) continue;
        seen_[index(operand)] = stamp_;
        const bool there =
            alive_[index(operand)] != 0 && (memory_.is_kept(operand) || last_use(operand) >= when);
        if (!there) open_.push_back(operand);
      }
    }
    return work;
  }
  [[nodiscard]] std::int32_t last_use(NodeId id) const {
    const auto& uses = uses_[index(id)];
    return uses.empty() ? -1 : uses.back();
  }

  const Plan& plan_;
  const Recipes& recipes_;
  planning::TaskMemory memory_;
  Rule rule_;
  std::int64_t limit_;
  std::int64_t flops_left_;
  std::vector<std::vector<std::int32_t>> uses_;  ///< by value: positions of its readers
  std::vector<std::int32_t> next_use_;           ///< by value: index into uses_
  std::vector<char> alive_;
  std::vector<NodeId> alive_list_{};
  std::vector<std::int32_t> pins_;  ///< by value: number of computations in progress that read it
  std::vector<std::int32_t> seen_;
  std::vector<std::int32_t> updated_at_;  ///< by variable's node: position of its update
  std::vector<NodeId> open_{};
  std::vector<NodeId> overwritten_{};  ///< operands that the current results overwrite
  std::int64_t alive_bytes_ = 0;
  std::int32_t now_ = 0;
  std::int32_t stamp_ = 0;
  int depth_ = 0;
};

}  // namespace foregraph::recomputation
