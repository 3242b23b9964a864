#include <chrono>
#include <cstdio>
#include <foregraph/detail/base/environment.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/planner/plan_log.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <string>

namespace foregraph::planning {
namespace {

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

const char* describe(Violation violation) {
  switch (violation) {
    case Violation::none:
      break;
    case Violation::value_is_read_before_it_is_made:
      return "its value is read before it is computed";
    case Violation::value_was_overwritten:
      return "a task reads bytes that another node overwrote";
    case Violation::overwritten_while_still_read:
      return "a task overwrites an operand it still reads";
    case Violation::workspace_overlaps:
      return "the workspace of its kernel overlaps its result";
    case Violation::out_of_bounds:
      return "it lies outside its segment";
    case Violation::misaligned:
      return "its offset is not aligned";
    case Violation::result_is_missing:
      return "a result is not in its buffer at the end";
    case Violation::task_is_missing:
      return "a task is not in the schedule";
    case Violation::thread_lacks_workspace:
      return "the workspaces of the other threads are too small for its kernel";
  }
  return "nothing";
}

}  // namespace

void PlanLog::begin(std::int64_t batch_size) {
  if (!passes_are_logged()) return;
  std::fprintf(stderr, "foregraph: plan of batch %s\n", std::to_string(batch_size).c_str());
  since_ns_ = steady_ns();
}

void PlanLog::print(std::string_view step, std::string_view result) {
  const double us = static_cast<double>(steady_ns() - since_ns_) * 1e-3;
  std::string line = "foregraph: plan " + std::string(step);
  line += std::string(step.size() < 30 ? 30 - step.size() : 1, ' ');
  line += std::string(result) + ", " + text::significant(us, 3) + " us\n";
  std::fputs(line.c_str(), stderr);
  since_ns_ = steady_ns();
}

void PlanLog::print_tasks(const Graph& g, const Tasks& tasks) {
  print("tasks",
        std::to_string(g.size()) + " nodes -> " + std::to_string(tasks.list.size()) + " tasks");
}

void PlanLog::print_schedule(const Order& order) {
  print("schedule", std::to_string(order.tasks.size()) + " tasks in order");
}

void PlanLog::print_buffers(const DynamicArray<Buffer>& buffers) {
  print("buffers", std::to_string(buffers.size()) + " buffers with live ranges");
}

void PlanLog::end(const Graph& g, const Plan& plan) {
  if (since_ns_ != 0)
    print("placement", to_string(Bytes{plan.transient_bytes}) + ", lower bound " +
                           to_string(Bytes{plan.transient_lower_bound_bytes}));
  if (!environment_switch("FOREGRAPH_VERIFY", false)) return;
  const PlanCheck check = validate(g, plan);
  if (!check.ok())
    throw InternalError("the plan for batch " + std::to_string(plan.batch) + " is wrong at step " +
                        std::to_string(check.step) + ", node %" + std::to_string(check.node) +
                        ": " + describe(check.violation) + "; please report it");
}

}  // namespace foregraph::planning
