#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <foregraph/planner/order_search.hpp>

namespace foregraph {

/// The sequence in which tasks run, and which updates write straight into their variable.
struct Order {
  std::vector<std::int32_t> tasks{};           ///< task indices; copies, if any, come last
  std::vector<std::int32_t> bound_variable{};  ///< by node: variable it is written into, or -1
};

/// When updates run, and whether an order is searched for.
enum class OrderMethod : std::uint8_t {
  as_written,     ///< every task in the order of the graph: all gradients are kept to the end
  early_updates,  ///< the same, but an update runs as soon as its gradient is complete
  searched        ///< early_updates, then improved by search (see order_search.hpp)
};

namespace planning {

/// The tasks in the order of their last nodes in the graph, as far as `precedence` allows; with
/// `updates_first`, ready tasks of the update phase before all others, since each frees its
/// gradient. O((tasks + edges) log tasks).
[[nodiscard]] constexpr std::vector<std::int32_t> list_schedule(const Graph& g, const Tasks& tasks,
                                                                const Precedence& precedence,
                                                                bool updates_first) {
  struct Ready {
    NodeId last = 0;
    bool first = false;
    std::int32_t task = 0;
  };
  const auto later = [](const Ready& a, const Ready& b) {
    if (a.first != b.first) return b.first;
    return a.last > b.last;
  };
  std::vector<std::int32_t> pending = precedence.pending;
  std::vector<std::int32_t> sequence;
  std::vector<Ready> heap;
  const auto make_ready = [&](std::int32_t task) {
    const NodeId last = tasks.members_of(tasks.list[static_cast<std::size_t>(task)]).back();
    heap.push_back({last, updates_first && g.node(last).phase == Phase::update, task});
    std::push_heap(heap.begin(), heap.end(), later);
  };
  for (std::size_t t = 0; t < pending.size(); ++t)
    if (pending[t] == 0) make_ready(static_cast<std::int32_t>(t));
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const std::int32_t task = heap.back().task;
    heap.pop_back();
    sequence.push_back(task);
    for (const std::int32_t next : precedence.after[static_cast<std::size_t>(task)])
      if (--pending[static_cast<std::size_t>(next)] == 0) make_ready(next);
  }
  return sequence;
}

}  // namespace planning

/// Orders the tasks so that the peak at `batch_size` stays low, binds updates to their variables,
/// and appends the copies that the others need to `tasks`. Never above the peak of the tasks in the
/// order of the graph with updates as early as possible.
[[nodiscard]] constexpr Order order_tasks(const Graph& g, Tasks& tasks, std::int64_t batch_size,
                                          OrderMethod method = OrderMethod::searched) {
  planning::Constraints constraints = planning::constraints_of(g, tasks);
  Order order;
  order.tasks =
      planning::list_schedule(g, tasks, constraints.precedence, method != OrderMethod::as_written);
  if (method == OrderMethod::searched)
    planning::lower_peak(g, tasks, constraints, batch_size, order.tasks);
  order.bound_variable = std::move(constraints.bound_variable);
  for (const Task& copy : constraints.copies) {
    order.tasks.push_back(static_cast<std::int32_t>(tasks.list.size()));
    tasks.list.push_back(copy);
  }
  return order;
}

}  // namespace foregraph
