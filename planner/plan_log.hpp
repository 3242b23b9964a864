#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/memory_plan.hpp>

namespace foregraph::planning {

/// Prints a line for each step of plan_memory() if FOREGRAPH_LOG=passes: its name, its result and
/// its time. With FOREGRAPH_VERIFY=1, the finished plan is validated. Does nothing in the compiler.
class FOREGRAPH_EXPORT PlanLog {
 public:
  constexpr explicit PlanLog(std::int64_t batch_size) {
    if (!std::is_constant_evaluated()) begin(batch_size);
  }
  constexpr void tasks(const Graph& g, const Tasks& tasks) {
    if (!std::is_constant_evaluated() && since_ns_ != 0) print_tasks(g, tasks);
  }
  constexpr void schedule(const Order& order) {
    if (!std::is_constant_evaluated() && since_ns_ != 0) print_schedule(order);
  }
  constexpr void buffers(const DynamicArray<Buffer>& buffers) {
    if (!std::is_constant_evaluated() && since_ns_ != 0) print_buffers(buffers);
  }
  /// Throws InternalError if the plan is verified and wrong.
  constexpr void placement(const Graph& g, const Plan& plan) {
    if (!std::is_constant_evaluated()) end(g, plan);
  }

 private:
  void begin(std::int64_t batch_size);
  void print_tasks(const Graph& g, const Tasks& tasks);
  void print_schedule(const Order& order);
  void print_buffers(const DynamicArray<Buffer>& buffers);
  void end(const Graph& g, const Plan& plan);
  /// Prints a step and restarts the clock.
  void print(std::string_view step, std::string_view result);

  std::int64_t since_ns_ = 0;  ///< start of the current step; 0 if nothing is printed
};

}  // namespace foregraph::planning
