#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/memory_plan.hpp>

namespace foregraph {

/// A bound on the peak of every plan of a step, whatever the order of its tasks.
struct OrderFreeBound {
  /// Bytes that every plan needs, of all segments.
  Bytes bytes{};
  /// True if an order with this peak is known to exist: no bound can be higher.
  bool is_reached = false;
};

/// Returns the most bytes that no order of the plan's tasks, and no placement, goes below: the
/// bytes of the values that must be alive at one task in every order. For steps of at most 64 tasks
/// it is raised to the least peak of all orders, found by a best-first search over the sets of
/// tasks that have run, as far as 2^16 sets show it. A plan whose peak equals the bound is proven
/// optimal for its tasks. O(n) for each task whose bytes exceed the bound, at most 1,000 of them.
[[nodiscard]] FOREGRAPH_EXPORT OrderFreeBound order_free_bound(const Graph& step_graph,
                                                               const Plan& plan);

}  // namespace foregraph
