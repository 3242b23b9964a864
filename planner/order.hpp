#pragma once

#include <utility>
#include <vector>

#include <foregraph/detail/base/sorting.hpp>
#include <foregraph/detail/planner/order_search.hpp>

namespace foregraph {

/// The schedule of the tasks, and the updates that write directly into their variable.
struct Order {
  DynamicArray<std::int32_t> tasks{};           ///< task indices; copies, if any, come last
  DynamicArray<std::int32_t> bound_variable{};  ///< by node: variable written to, or -1
};

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
[[nodiscard]] constexpr bool is_small_gradient(const Graph& g, const Tasks& tasks,
                                               std::int32_t task, std::int64_t batch_size) {
  std::int64_t made = 0;
  for (const NodeId id : tasks.members_of(tasks.list[static_cast<std::size_t>(task)])) {
    if (tasks.stored[static_cast<std::size_t>(id)] == 0) continue;
    if (g.node(id).phase != Phase::backward || !bytes_of(g.node(id)).is_constant()) return false;
    made += buffer_bytes(g.node(id), batch_size);
  }
  std::int64_t largest = 0;
  for_each_read(g, tasks, task, [&](NodeId root, NodeId, bool) {
    if (tasks.task_of[static_cast<std::size_t>(root)] < 0) return;
    const std::int64_t bytes = buffer_bytes(g.node(root), batch_size);
    if (bytes > largest) largest = bytes;
  });
  return made < largest;
}

/// Returns the tasks in the order of their last nodes in the graph, as far as `precedence` allows.
/// Unless `method` is as_written, ready tasks of the update phase come before all others, since
/// each frees its gradient; with early_gradients, small gradients come next.
/// O((tasks + edges) log tasks).
[[nodiscard]] constexpr DynamicArray<std::int32_t> list_schedule(const Graph& g, const Tasks& tasks,
                                                                 const Precedence& precedence,
                                                                 std::int64_t batch_size,
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
    const bool early =
        method == OrderMethod::early_gradients && is_small_gradient(g, tasks, task, batch_size);
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

}  // namespace planning

/// Schedules the tasks for a low peak at `batch_size`, binds updates to their variables, and
/// appends to `tasks` a copy for each update that cannot be bound. The peak of a searched order is
/// never above another method's. Without `bind_updates`, every new value of a variable is copied
/// into it.
[[nodiscard]] constexpr Order order_tasks(const Graph& g, Tasks& tasks, std::int64_t batch_size,
                                          OrderMethod method = OrderMethod::searched,
                                          bool bind_updates = true) {
  planning::Constraints constraints = planning::constraints_of(g, tasks, bind_updates);
  const auto scheduled = [&](OrderMethod by) {
    return planning::list_schedule(g, tasks, constraints.precedence, batch_size, by);
  };
  Order order;
  if (method == OrderMethod::searched) {
    planning::TaskMemory memory(g, tasks, constraints.bound_variable, batch_size);
    for (const Task& copy : constraints.copies)
      memory.keep(planning::storage_root(g, copy.first_member));
    order.tasks = scheduled(OrderMethod::early_updates);
    std::int64_t lowest = memory.peak_of(order.tasks).bytes;
    for (const OrderMethod other : {OrderMethod::early_gradients, OrderMethod::as_written}) {
      DynamicArray<std::int32_t> candidate = scheduled(other);
      const std::int64_t peak = memory.peak_of(candidate).bytes;
      if (peak >= lowest) continue;
      lowest = peak;
      order.tasks = std::move(candidate);
    }
    planning::lower_peak(constraints.precedence, memory, order.tasks);
  } else {
    order.tasks = scheduled(method);
  }
  order.bound_variable = std::move(constraints.bound_variable);
  for (const Task& copy : constraints.copies) {
    order.tasks.push_back(static_cast<std::int32_t>(tasks.list.size()));
    tasks.list.push_back(copy);
  }
  return order;
}

}  // namespace foregraph
