#pragma once

#include <vector>

#include <foregraph/detail/planner/tasks/aliasing.hpp>

namespace foregraph::planning {

/// Adjacency lists of the edges "a before b" between tasks.
struct Precedence {
  DynamicArray<DynamicArray<std::int32_t>> after{};
  DynamicArray<std::int32_t> pending{};  ///< by task: number of its predecessors

  constexpr void add(std::int32_t before, std::int32_t task) {
    after[static_cast<std::size_t>(before)].push_back(task);
    ++pending[static_cast<std::size_t>(task)];
  }
};

/// Answers whether a task must come after another while edges are added to a Precedence.
///
/// Each task has a level above those of its predecessors. A search ignores tasks above the level
/// of its target, which cannot lead to it. A question usually looks at few tasks, since variables
/// are read long before their update; O(reachable) worst case.
class Reachability {
 public:
  constexpr explicit Reachability(const Precedence& precedence) : precedence_(precedence) {}

  /// Returns true if any of `targets` must come after `from`, another task than all of them.
  [[nodiscard]] constexpr bool reaches(std::int32_t from, ArrayView<std::int32_t> targets) {
    if (precedence_.after[static_cast<std::size_t>(from)].empty()) return false;
    if (levels_.empty()) find_levels();
    std::int32_t highest = -1;
    for (const std::int32_t target : targets) {
      if (target == from) continue;
      const std::int32_t level = levels_[static_cast<std::size_t>(target)];
      if (level > highest) highest = level;
    }
    if (highest <= levels_[static_cast<std::size_t>(from)]) return false;
    ++search_;
    open_.clear();
    open_.push_back(from);
    while (!open_.empty()) {
      const std::int32_t task = open_.back();
      open_.pop_back();
      for (const std::int32_t next : precedence_.after[static_cast<std::size_t>(task)]) {
        const auto n = static_cast<std::size_t>(next);
        if (levels_[n] > highest || seen_[n] == search_) continue;
        seen_[n] = search_;
        for (const std::int32_t target : targets)
          if (target == next) return true;
        open_.push_back(next);
      }
    }
    return false;
  }
  /// Keeps the levels right after an edge was added to the precedence.
  constexpr void added(std::int32_t before, std::int32_t task) {
    if (!levels_.empty()) raise(before, task);
  }

 private:
  constexpr void find_levels() {
    levels_.assign(precedence_.after.size(), 0);
    seen_.assign(precedence_.after.size(), 0);
    DynamicArray<std::int32_t> pending = precedence_.pending;
    DynamicArray<std::int32_t> ready;
    for (std::size_t t = 0; t < pending.size(); ++t)
      if (pending[t] == 0) ready.push_back(static_cast<std::int32_t>(t));
    for (std::size_t i = 0; i < ready.size(); ++i) {
      const std::int32_t above = levels_[static_cast<std::size_t>(ready[i])] + 1;
      for (const std::int32_t next : precedence_.after[static_cast<std::size_t>(ready[i])]) {
        const auto n = static_cast<std::size_t>(next);
        if (levels_[n] < above) levels_[n] = above;
        if (--pending[n] == 0) ready.push_back(next);
      }
    }
  }
  constexpr void raise(std::int32_t before, std::int32_t task) {
    if (levels_[static_cast<std::size_t>(task)] > levels_[static_cast<std::size_t>(before)]) return;
    levels_[static_cast<std::size_t>(task)] = levels_[static_cast<std::size_t>(before)] + 1;
    open_.clear();
    open_.push_back(task);
    while (!open_.empty()) {
      const std::int32_t at = open_.back();
      open_.pop_back();
      const std::int32_t above = levels_[static_cast<std::size_t>(at)] + 1;
      for (const std::int32_t next : precedence_.after[static_cast<std::size_t>(at)]) {
        if (levels_[static_cast<std::size_t>(next)] >= above) continue;
        levels_[static_cast<std::size_t>(next)] = above;
        open_.push_back(next);
      }
    }
  }

  const Precedence& precedence_;
  DynamicArray<std::int32_t> levels_{};  ///< by task; empty until the first question that needs it
  DynamicArray<std::int32_t> seen_{};    ///< by task: the last search that met it
  DynamicArray<std::int32_t> open_{};
  std::int32_t search_ = 0;
};

/// The constraints every schedule must satisfy.
struct Constraints {
  Precedence precedence{};
  DynamicArray<std::int32_t> bound_variable{};  ///< by node: variable written to, or -1
  DynamicArray<Task> copies{};                  ///< one for each update that is not bound
};

/// Returns the precedence of the tasks and the updates that write directly into their variable.
///
/// The new value of a variable is written in place if every other reader of the old value can run
/// before its producer; each reader then gets an edge to the producer. Otherwise the new value gets
/// a separate buffer and a copy task at the end. O(tasks + edges) for most graphs; see
/// Reachability.
[[nodiscard]] constexpr Constraints constraints_of(const Graph& g, const Tasks& tasks,
                                                   bool bind_updates = true) {
  const std::size_t task_count = tasks.list.size();
  Constraints result;
  result.bound_variable.assign(static_cast<std::size_t>(g.size()), -1);
  Precedence& precedence = result.precedence;
  precedence.after.resize(task_count);
  precedence.pending.assign(task_count, 0);
  DynamicArray<DynamicArray<std::int32_t>> readers(g.variables.size());
  DynamicArray<DynamicArray<std::int32_t>> crossing(g.variables.size());  // not elementwise
  for (std::size_t t = 0; t < task_count; ++t) {
    const auto task = static_cast<std::int32_t>(t);
    for_each_read(g, tasks, task, [&](NodeId root, NodeId, bool same_index) {
      const std::int32_t variable = g.variable_index(root);
      if (variable >= 0) {
        auto& list = readers[static_cast<std::size_t>(variable)];
        if (list.empty() || list.back() != task) list.push_back(task);
        if (!same_index) crossing[static_cast<std::size_t>(variable)].push_back(task);
      }
      const std::int32_t from = tasks.task_of[static_cast<std::size_t>(root)];
      if (from >= 0) precedence.add(from, task);
    });
  }

  Reachability order(precedence);
  for (const Update& u : g.updates) {
    const NodeId value = storage_root(g, u.value);
    const auto v = static_cast<std::size_t>(u.variable);
    const std::int32_t writer = tasks.task_of[static_cast<std::size_t>(value)];
    bool bind =
        bind_updates && writer >= 0 && result.bound_variable[static_cast<std::size_t>(value)] < 0;
    // Do not bind a view of only a part of `value`.
    bind = bind && bytes_of(g.node(value)) == bytes_of(g.node(g.variables[v].node));
    if (bind) {
      for (const std::int32_t task : crossing[v])
        if (task == writer && !may_overwrite(g, tasks.list[static_cast<std::size_t>(writer)].kind,
                                             value, g.variables[v].node, false))
          bind = false;
      for (const NodeId kept : g.outputs)
        if (storage_root(g, kept) == g.variables[v].node) bind = false;
      if (order.reaches(writer, readers[v])) bind = false;
    }
    if (!bind) {
      result.copies.push_back({Task::Kind::copy, u.value, 0, u.variable});
      continue;
    }
    result.bound_variable[static_cast<std::size_t>(value)] = u.variable;
    for (const std::int32_t task : readers[v]) {
      if (task == writer) continue;
      precedence.add(task, writer);
      order.added(task, writer);
    }
  }

  // State that is updated without a gradient, such as Adam's powers or a running mean, is also
  // ordered after the loss: errors in the data are found on the way to the loss and must leave the
  // state unchanged.
  const std::int32_t loss_task =
      g.loss == no_node ? -1 : tasks.task_of[static_cast<std::size_t>(storage_root(g, g.loss))];
  for (std::size_t t = 0; t < task_count && loss_task >= 0; ++t) {
    bool updates_state = precedence.pending[t] == 0;  // no predecessors
    for (const NodeId id : tasks.members_of(tasks.list[t]))
      updates_state = updates_state || result.bound_variable[static_cast<std::size_t>(id)] >= 0;
    const auto members = tasks.members_of(tasks.list[t]);
    bool is_update = false;
    for (const NodeId id : members) is_update = is_update || g.node(id).phase == Phase::update;
    if (!updates_state || !is_update) continue;
    // A region may also compute gradients, and a loss that depends on those comes after the region.
    const bool has_gradients = g.node(members.front()).phase != Phase::update;
    const auto task = static_cast<std::int32_t>(t);
    if (has_gradients && order.reaches(task, {&loss_task, 1})) continue;
    precedence.add(loss_task, task);
    order.added(loss_task, task);
  }
  return result;
}

}  // namespace foregraph::planning
