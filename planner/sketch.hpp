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
    Constraints constraints = constraints_of(g, tasks, in_place);
    Scheduler scheduler(g, tasks, constraints, batch, in_place);
    order.tasks = scheduler.schedule(OrderMethod::early_updates);
    peak = scheduler.peak_of(order.tasks);
    order.bound_variable = std::move(constraints.bound_variable);
    for (const Task& copy : constraints.copies) tasks.list.push_back(copy);
  }
};

}  // namespace foregraph::planning
