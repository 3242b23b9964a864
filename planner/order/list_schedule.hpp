#pragma once

#include <utility>

#include <foregraph/detail/base/sorting.hpp>
#include <foregraph/detail/planner/tasks/precedence.hpp>
#include <foregraph/detail/planner/tasks/task_memory.hpp>

/// Schedules made in one pass: the starting points of the search.
namespace foregraph {

/// How tasks are scheduled.
enum class OrderMethod : std::uint8_t {
  as_written,       ///< in the order of the graph: all gradients are kept to the end
  early_updates,    ///< as_written, but an update runs as soon as its gradient is complete
  early_gradients,  ///< early_updates, and gradients smaller than their operands run early too
  searched          ///< the best of these, improved by search (see order_search.hpp)
};

namespace planning {

/// Returns true if a task of the backward pass stores fewer bytes than its largest operand has, and
/// nothing that grows with the batch. Usually this is the gradient of a weight; running it early
/// frees its operands.
[[nodiscard]] constexpr bool is_small_gradient(const Graph& g, const TaskMemory& memory,
                                               std::int32_t task) {
  std::int64_t made = 0;
  for (const TaskMemory::Make& make : memory.makes_of(task)) {
    if (g.node(make.node).phase != Phase::backward || !make.size.is_constant()) return false;
    made += memory.bytes_of(make.node);
  }
  std::int64_t largest = 0;
  for (const NodeId id : memory.reads_of(task))
    if (memory.bytes_of(id) > largest) largest = memory.bytes_of(id);
  return made < largest;
}

/// Returns the tasks in the order of their last nodes in the graph, as far as `precedence` allows.
/// Unless `method` is as_written, ready tasks of the update phase come before all others, since
/// each frees its gradient; with early_gradients, small gradients come next.
/// O((tasks + edges) log tasks).
[[nodiscard]] constexpr DynamicArray<std::int32_t> list_schedule(const Graph& g, const Tasks& tasks,
                                                                 const Precedence& precedence,
                                                                 const TaskMemory& memory,
                                                                 OrderMethod method) {
  struct Ready {
    NodeId last = 0;
    int rank = 0;
    std::int32_t task = 0;
  };
  const auto earlier = [](const Ready& a, const Ready& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.last < b.last;
  };
  const auto rank_of = [&](NodeId last, std::int32_t task) {
    if (method == OrderMethod::as_written) return 0;
    if (g.node(last).phase == Phase::update) return 0;
    const bool early = method == OrderMethod::early_gradients && is_small_gradient(g, memory, task);
    return early ? 1 : 2;
  };
  DynamicArray<std::int32_t> pending = precedence.pending;
  DynamicArray<std::int32_t> sequence;
  PriorityQueue<Ready, decltype(earlier)> ready(earlier);
  const auto make_ready = [&](std::int32_t task) {
    const NodeId last = tasks.members_of(tasks.list[static_cast<std::size_t>(task)]).back();
    ready.push({last, rank_of(last, task), task});
  };
  for (std::size_t t = 0; t < pending.size(); ++t)
    if (pending[t] == 0) make_ready(static_cast<std::int32_t>(t));
  while (!ready.empty()) {
    const std::int32_t task = ready.pop().task;
    sequence.push_back(task);
    for (const std::int32_t next : precedence.after[static_cast<std::size_t>(task)])
      if (--pending[static_cast<std::size_t>(next)] == 0) make_ready(next);
  }
  return sequence;
}

/// Returns a schedule that keeps memory low step by step: ready tasks that leave no more bytes
/// alive than before run first, those that need least while they run before the others; if there
/// are none, the ready task that adds least. `memory` holds the sizes. O((tasks + reads) log
/// tasks).
[[nodiscard]] constexpr DynamicArray<std::int32_t> least_memory_schedule(
    const Graph& g, const Tasks& tasks, const Precedence& precedence, const TaskMemory& memory) {
  struct Ready {
    std::int64_t added = 0;  ///< bytes; 0 if none are added
    std::int64_t made = 0;   ///< bytes, for tasks that add none
    NodeId last = 0;
    std::int32_t task = 0;
  };
  const auto earlier = [](const Ready& a, const Ready& b) {
    if (a.added != b.added) return a.added < b.added;
    return a.made != b.made ? a.made < b.made : a.last < b.last;
  };
  const std::size_t count = tasks.list.size();
  const auto nodes = static_cast<std::size_t>(g.size());
  // By value: its readers that have not run, and the sum of their numbers, which names the last.
  DynamicArray<std::int32_t> readers(nodes, 0);
  DynamicArray<std::int64_t> sum(nodes, 0);
  // By task: bytes of its results, and the bytes it would add if it ran next.
  DynamicArray<std::int64_t> made(count, 0);
  DynamicArray<std::int64_t> added(count, 0);
  for (std::size_t t = 0; t < count; ++t)
    for (const NodeId id : memory.reads_of(static_cast<std::int32_t>(t))) {
      ++readers[static_cast<std::size_t>(id)];
      sum[static_cast<std::size_t>(id)] += static_cast<std::int64_t>(t);
    }
  for (std::size_t t = 0; t < count; ++t) {
    const auto task = static_cast<std::int32_t>(t);
    for (const TaskMemory::Make& make : memory.makes_of(task)) {
      const std::int64_t bytes = memory.bytes_of(make.node);
      made[t] += bytes;
      if (readers[static_cast<std::size_t>(make.node)] > 0 || memory.is_kept(make.node))
        added[t] += bytes;
    }
    for (const NodeId id : memory.reads_of(task))
      if (readers[static_cast<std::size_t>(id)] == 1 && !memory.is_kept(id))
        added[t] -= memory.bytes_of(id);
  }

  DynamicArray<std::int32_t> pending = precedence.pending;
  DynamicArray<char> has_run(count, 0);
  DynamicArray<std::int32_t> sequence;
  PriorityQueue<Ready, decltype(earlier)> ready(earlier);
  const auto make_ready = [&](std::int32_t task) {
    const auto t = static_cast<std::size_t>(task);
    const bool adds = added[t] > 0;
    ready.push(
        {adds ? added[t] : 0, adds ? 0 : made[t], tasks.members_of(tasks.list[t]).back(), task});
  };
  for (std::size_t t = 0; t < count; ++t)
    if (pending[t] == 0) make_ready(static_cast<std::int32_t>(t));
  while (!ready.empty()) {
    const std::int32_t task = ready.pop().task;
    // A task whose addition fell while it was ready is in the queue more than once.
    if (has_run[static_cast<std::size_t>(task)] != 0) continue;
    has_run[static_cast<std::size_t>(task)] = 1;
    sequence.push_back(task);
    for (const NodeId id : memory.reads_of(task)) {
      const auto v = static_cast<std::size_t>(id);
      sum[v] -= task;
      if (--readers[v] != 1 || memory.is_kept(id)) continue;
      const auto reader = static_cast<std::int32_t>(sum[v]);
      added[static_cast<std::size_t>(reader)] -= memory.bytes_of(id);
      if (pending[static_cast<std::size_t>(reader)] == 0) make_ready(reader);
    }
    for (const std::int32_t next : precedence.after[static_cast<std::size_t>(task)])
      if (--pending[static_cast<std::size_t>(next)] == 0) make_ready(next);
  }
  return sequence;
}

}  // namespace planning
}  // namespace foregraph
