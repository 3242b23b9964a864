#pragma once

#include <utility>

#include <foregraph/detail/planner/order/order.hpp>

namespace foregraph::planning {

/// The tasks of a step in an order that takes no search, to compare forms of a step before one of
/// them is planned. O((nodes + edges) log nodes).
struct Sketch {
  std::int64_t batch = 0;
  Tasks tasks{};
  Order order{};            ///< without copies into variables
  TaskMemory::Peak peak{};  ///< of the transient values; count 0 for a step without tasks

  constexpr Sketch(const Graph& g, std::int64_t batch_size, bool in_place = true)
      : batch(batch_size), tasks(form_tasks(g)) {
    const std::size_t without_copies = tasks.list.size();
    order = order_tasks(g, tasks, batch, OrderMethod::early_updates, in_place);
    TaskMemory memory(g, tasks, order.bound_variable, batch);
    for (std::size_t t = without_copies; t < tasks.list.size(); ++t)
      memory.keep(storage_root(g, tasks.list[t].first_member));
    while (order.tasks.size() > without_copies) order.tasks.pop_back();
    peak = memory.peak_of(order.tasks);
  }
};

}  // namespace foregraph::planning
