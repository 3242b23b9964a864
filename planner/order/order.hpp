#pragma once

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/order/list_schedule.hpp>
#include <foregraph/detail/planner/order/order_bound.hpp>
#include <foregraph/detail/planner/order/order_search.hpp>

namespace foregraph {

/// The schedule of the tasks, and the updates that write directly into their variable.
struct Order {
  DynamicArray<std::int32_t> tasks{};           ///< task indices; copies, if any, come last
  DynamicArray<std::int32_t> bound_variable{};  ///< by node: variable written to, or -1
};

namespace planning {

/// Throws InternalError. Not constexpr: in the compiler, its name is the error message.
[[noreturn]] FOREGRAPH_EXPORT void tasks_wait_for_each_other();

/// The batch sizes whose schedules are searched. A plan takes the best schedule of its batch size
/// rounded up to one of these and of all larger ones, so that a batch never needs more memory than
/// a larger one, up to the last.
inline constexpr std::array<std::int64_t, 5> searched_batches{1, 8, 32, 256, 1 << 16};

/// Finds schedules of low peaks.
class Scheduler {
 public:
  constexpr Scheduler(const Graph& g, const Tasks& tasks, const Constraints& constraints,
                      std::int64_t batch_size, bool in_place)
      : g_(g),
        tasks_(tasks),
        precedence_(constraints.precedence),
        batch_(batch_size),
        memory_(g, tasks, constraints.bound_variable, batch_size, in_place) {
    for (const Task& copy : constraints.copies) memory_.keep(storage_root(g, copy.first_member));
  }

  /// Returns the schedule of a method other than `searched`.
  [[nodiscard]] constexpr DynamicArray<std::int32_t> schedule(OrderMethod method) const {
    DynamicArray<std::int32_t> sequence = list_schedule(g_, tasks_, precedence_, memory_, method);
    if (sequence.size() != tasks_.list.size()) tasks_wait_for_each_other();
    return sequence;
  }

  /// Returns the peak of a schedule at the batch size.
  [[nodiscard]] constexpr TaskMemory::Peak peak_of(const DynamicArray<std::int32_t>& sequence) {
    return memory_.peak_of(sequence);
  }

  /// Returns the best schedule found.
  [[nodiscard]] constexpr DynamicArray<std::int32_t> search() {
    const TaskLinks links(precedence_, memory_);
    OrderSearch search(links, memory_);
    OrderBound bound(links, memory_);
    by_graph_[0] = schedule(OrderMethod::early_updates);
    by_graph_[1] = schedule(OrderMethod::as_written);
    for (const Variable& v : g_.variables) fixed_bytes_ += bytes_of(g_.node(v.node)).at(1);
    // Orders that do not depend on the batch size.
    DynamicArray<std::int32_t> best = by_graph_[0];
    std::int64_t lowest = memory_.peak_of(best).bytes;
    if (const std::int64_t bytes = memory_.peak_of(by_graph_[1]).bytes; bytes < lowest) {
      lowest = bytes;
      best = by_graph_[1];
    }
    DynamicArray<std::int32_t> schedule;
    bool fits = false;  // this size and all smaller ones
    for (std::size_t i = searched_batches.size(); i-- > 0 && searched_batches[i] >= batch_;) {
      const std::int64_t at = searched_batches[i];
      fits = fits || sizes_fit_64_bits(g_, at, 1);
      if (!fits) continue;
      memory_.measure(at);
      search_at(search, bound, schedule);
      memory_.measure(batch_);
      const std::int64_t bytes = memory_.peak_of(schedule).bytes;
      if (bytes >= lowest) continue;
      lowest = bytes;
      best = schedule;
    }
    if (!fits) search_at(search, bound, best);  // beyond all of them
    return best;
  }

 private:
  /// Replaces `schedule`, which may be empty, by a better one for the measured batch size, unless
  /// it is good enough.
  constexpr void search_at(OrderSearch& search, OrderBound& bound,
                           DynamicArray<std::int32_t>& schedule) {
    const auto good_enough = [&](const DynamicArray<std::int32_t>& sequence,
                                 const TaskMemory::Peak& peak) {
      (void)memory_.peak_of(sequence, alive_, heights_);
      constexpr std::int64_t most_tasks = 4;
      return bound.is_reached(sequence, heights_, peak.bytes - tolerance(peak), most_tasks);
    };
    if (tasks_.list.empty()) return;
    struct Start {
      DynamicArray<std::int32_t> sequence{};
      TaskMemory::Peak peak{};
    };
    Start best;
    Start other;
    best.sequence = schedule.empty() ? by_graph_[0] : schedule;
    best.peak = memory_.peak_of(best.sequence);
    if (good_enough(best.sequence, best.peak)) {
      schedule = std::move(best.sequence);
      return;
    }
    const auto consider = [&](const DynamicArray<std::int32_t>& candidate) {
      const TaskMemory::Peak peak = memory_.peak_of(candidate);
      if (!(peak < best.peak)) return;
      best.sequence = candidate;
      best.peak = peak;
    };
    consider(by_graph_[0]);
    consider(by_graph_[1]);
    consider(this->schedule(OrderMethod::early_gradients));
    other.sequence = least_memory_schedule(g_, tasks_, precedence_, memory_);
    other.peak = memory_.peak_of(other.sequence);
    if (other.peak < best.peak) {
      best.sequence.swap(other.sequence);
      const TaskMemory::Peak lower = other.peak;
      other.peak = best.peak;
      best.peak = lower;
    }
    if (!good_enough(best.sequence, best.peak)) {
      best.peak = search.run(best.sequence, tolerance(best.peak) / 2, most_looks(), good_enough);
      if (!good_enough(best.sequence, best.peak)) {
        other.peak =
            search.run(other.sequence, tolerance(best.peak) / 2, most_looks(), good_enough);
        if (other.peak < best.peak) best.sequence = std::move(other.sequence);
      }
    }
    schedule = std::move(best.sequence);
  }

  /// Returns a thousandth of all memory: what is not worth a search.
  [[nodiscard]] constexpr std::int64_t tolerance(const TaskMemory::Peak& peak) const {
    return (peak.bytes + fixed_bytes_) / 1024;
  }
  /// Limits a search, as it also runs in the compiler.
  [[nodiscard]] constexpr std::int64_t most_looks() const {
    return (std::int64_t{1} << 12) + 16 * static_cast<std::int64_t>(tasks_.list.size());
  }

  const Graph& g_;
  const Tasks& tasks_;
  const Precedence& precedence_;
  std::int64_t batch_;
  TaskMemory memory_;
  DynamicArray<std::int64_t> alive_{};
  DynamicArray<std::int64_t> heights_{};
  std::int64_t fixed_bytes_ = 0;              ///< bytes of variables
  DynamicArray<std::int32_t> by_graph_[2]{};  ///< schedules that do not depend on sizes
};

}  // namespace planning

/// Schedules the tasks for a low peak at `batch_size`, binds updates to their variables, and
/// appends to `tasks` a copy for each update that cannot be bound. The peak of a searched order is
/// never above that of as_written and early_updates. Without `in_place`, no operand is overwritten,
/// and every new value of a variable is copied into it.
[[nodiscard]] constexpr Order order_tasks(const Graph& g, Tasks& tasks, std::int64_t batch_size,
                                          OrderMethod method = OrderMethod::searched,
                                          bool in_place = true) {
  planning::Constraints constraints = planning::constraints_of(g, tasks, in_place);
  Order order;
  planning::Scheduler scheduler(g, tasks, constraints, batch_size, in_place);
  if (method == OrderMethod::searched) {
    order.tasks = scheduler.search();
  } else {
    order.tasks = scheduler.schedule(method);
  }
  order.bound_variable = std::move(constraints.bound_variable);
  for (const Task& copy : constraints.copies) {
    order.tasks.push_back(static_cast<std::int32_t>(tasks.list.size()));
    tasks.list.push_back(copy);
  }
  return order;
}

}  // namespace foregraph
