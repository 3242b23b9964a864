#pragma once

#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/planner/buffers.hpp>
#include <foregraph/detail/planner/plan_log.hpp>

namespace foregraph {

/// Throws BatchError. Not constexpr: in the compiler, the name of the function is the error
/// message.
[[noreturn]] FOREGRAPH_EXPORT void memory_of_a_step_does_not_fit_64_bits(std::int64_t batch_size);
/// Throws UsageError. Not constexpr, as above.
[[noreturn]] FOREGRAPH_EXPORT void threads_of_a_step_are_out_of_range(int threads);

namespace planning {

/// Completes a plan that has its batch size, options, tasks and their order: forms the buffers of
/// the graph's values, places them, and sets the bytes that follow. `log` is told of both steps.
constexpr void place_values(const Graph& g, Plan& plan, PlanLog& log) {
  plan.places.assign(static_cast<std::size_t>(g.size()), {});
  plan.buffer_of.assign(static_cast<std::size_t>(g.size()), -1);
  place_interface(g, plan);
  form_buffers(g, plan);
  log.buffers(plan.buffers);

  DynamicArray<LiveRange> ranges;
  ranges.reserve(plan.buffers.size());
  for (const Buffer& b : plan.buffers) ranges.push_back(b.range);
  const LowerBound bound = lower_bound_of({ranges.data(), ranges.size()});
  const Placement placement = place({ranges.data(), ranges.size()});
  take_placement(g, placement, plan);
  plan.transient_lower_bound_bytes = bound.bytes;
  plan.peak_step = bound.step;
  break_down(g, plan);
  log.placement(g, plan);
}

}  // namespace planning

/// Plans the memory of the graph's step at `batch_size` samples: the schedule and the location of
/// every value. Gives the same plan in the compiler and in the program. O(n log n) apart from
/// placement (see place()). `batch_size` is at least 1. Throws BatchError if the bytes do not fit
/// 64 bits, UsageError for a number of threads out of range.
[[nodiscard]] constexpr Plan plan_memory(const Graph& g, std::int64_t batch_size,
                                         PlanOptions options = {}) {
  if (options.threads < 1 || options.threads > max_threads)
    threads_of_a_step_are_out_of_range(options.threads);
  if (!planning::sizes_fit_64_bits(g, batch_size, options.input_buffers, options.other_bytes,
                                   options.threads))
    memory_of_a_step_does_not_fit_64_bits(batch_size);
  planning::PlanLog log(batch_size);
  Plan plan;
  plan.batch = batch_size;
  plan.options = options;
  plan.tasks = form_tasks(g);
  log.tasks(g, plan.tasks);
  plan.order = order_tasks(g, plan.tasks, batch_size, options.order, options.in_place);
  log.schedule(plan.order);
  planning::place_values(g, plan, log);
  return plan;
}

}  // namespace foregraph
