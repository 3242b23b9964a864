#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/paging/paging.hpp>
#include <foregraph/detail/compile/paging/rebuild.hpp>
#include <foregraph/detail/compile/paging/schedule.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <utility>
#include <vector>

namespace foregraph {

void check_paging(const PagingOptions& options) {
  if (std::isfinite(options.bytes_per_second) && options.bytes_per_second >= 0) return;
  throw UsageError("PagingOptions::bytes_per_second is " +
                   text::significant(options.bytes_per_second, 3) +
                   ", expected a finite number of bytes per second, or 0 to measure the disk");
}

std::optional<PagedStep> page_within(const Graph& g, const Plan& plan, Bytes transient_bytes) {
  paging::PageSchedule schedule(g, plan, transient_bytes.count);
  if (!schedule.run()) return std::nullopt;
  paging::Rebuilder rebuilder(g, plan);
  rebuilder.build(schedule);
  PagedStep result;
  result.graph = std::move(rebuilder.graph);
  result.plan = std::move(rebuilder.new_plan);
  result.paged_values = rebuilder.values;
  result.written_bytes = rebuilder.written_bytes;
  result.read_bytes = rebuilder.read_bytes;
  result.file_bytes = rebuilder.file_bytes;
  result.transfers = rebuilder.transfers;
  return result;
}

namespace {

/// Returns the step with the smallest peak of those that a bisection of the limit finds; nothing if
/// none is below the plan's.
std::optional<PagedStep> smallest_step(const Graph& g, const Plan& plan) {
  std::optional<PagedStep> best;
  std::int64_t low = 0;  // known to be impossible
  std::int64_t high = plan.transient_lower_bound_bytes + 1;
  while (high - low > std::max<std::int64_t>(high / 128, alignment_bytes)) {
    const std::int64_t middle = low + (high - low) / 2;
    std::optional<PagedStep> tried = page_within(g, plan, Bytes{middle});
    (tried ? high : low) = middle;
    if (tried && tried->plan.peak() < (best ? best->plan.peak() : plan.peak()))
      best = std::move(tried);
  }
  return best;
}

}  // namespace

std::optional<PagedStep> page_to_fit(const Graph& g, const Plan& plan, Bytes budget) {
  const std::int64_t room = budget.count - plan.fixed_bytes() - plan.inputs_bytes();
  if (room <= 0) return std::nullopt;
  // Placement leaves gaps, which the simulation does not know: try lower and lower limits.
  constexpr int steps = 20;
  for (int i = 0; i < steps; ++i) {
    std::optional<PagedStep> tried = page_within(g, plan, Bytes{room - i * (room / 40)});
    if (!tried) break;
    if (tried->plan.peak() <= budget) return tried;
  }
  std::optional<PagedStep> smallest = smallest_step(g, plan);
  if (smallest && smallest->plan.peak() <= budget) return smallest;
  return std::nullopt;
}

Bytes smallest_by_paging(const Graph& g, const Plan& plan) {
  const std::optional<PagedStep> smallest = smallest_step(g, plan);
  return smallest ? smallest->plan.peak() : plan.peak();
}

namespace {

/// Work of a task in FLOPs, a byte moved counting like eight of them, as on a current core.
double work_of_task(const Graph& g, const Plan& plan, std::int32_t task) {
  constexpr double flops_per_byte = 8;
  double flops = 0;
  double bytes = 0;
  for_each_read(g, plan.tasks, task, [&](NodeId, NodeId seen, bool) {
    bytes += static_cast<double>(planning::bytes_of(g.node(seen)).at(plan.batch));
  });
  const Task& each = plan.tasks.list[static_cast<std::size_t>(task)];
  if (each.kind == Task::Kind::copy) return flops_per_byte * bytes;
  for (const NodeId id : plan.tasks.members_of(each)) {
    flops += static_cast<double>(flops_of_node(g, id, plan.batch));
    if (plan.tasks.stored[static_cast<std::size_t>(id)] != 0)
      bytes += static_cast<double>(planning::bytes_of(g.node(id)).at(plan.batch));
  }
  return flops + flops_per_byte * bytes;
}

const OpDef* page_op_of(const Graph& g, const Plan& plan, std::int32_t task) {
  const Task& each = plan.tasks.list[static_cast<std::size_t>(task)];
  if (each.kind != Task::Kind::op) return nullptr;
  const OpDef* op = g.node(plan.tasks.members_of(each).front()).op;
  return paging::is_page_op(op) ? op : nullptr;
}

void check_speed(const char* verb, double bytes_per_second) {
  if (bytes_per_second > 0) return;  // also false for NaN
  throw UsageError("paged_step_seconds: a disk that " + std::string(verb) + ' ' +
                   text::significant(bytes_per_second, 3) +
                   " bytes per second was given, expected a positive number; measure_disk() "
                   "measures it");
}

}  // namespace

double paged_step_seconds(const Graph& g, const Plan& plan, double compute_seconds,
                          double write_bytes_per_second, double read_bytes_per_second) {
  if (!(std::isfinite(compute_seconds) && compute_seconds >= 0))
    throw UsageError("paged_step_seconds: a step of " + text::significant(compute_seconds, 3) +
                     " seconds was given, expected a finite number of 0 or more");
  check_speed("writes", write_bytes_per_second);
  check_speed("reads", read_bytes_per_second);
  double all_work = 0;
  std::vector<double> work;
  for (const std::int32_t task : plan.order.tasks) {
    work.push_back(page_op_of(g, plan, task) != nullptr ? 0 : work_of_task(g, plan, task));
    all_work += work.back();
  }
  double now = 0;
  double file_is_free = 0;
  std::vector<double> ends;  // by transfer
  for (std::size_t p = 0; p < plan.order.tasks.size(); ++p) {
    const std::int32_t task = plan.order.tasks[p];
    const OpDef* op = page_op_of(g, plan, task);
    if (op == nullptr) {
      if (all_work > 0) now += compute_seconds * work[p] / all_work;
      continue;
    }
    const NodeId id =
        plan.tasks.members_of(plan.tasks.list[static_cast<std::size_t>(task)]).front();
    const auto transfer =
        static_cast<std::size_t>(g.node(id).attributes.integers[paging::transfer_attribute]);
    if (op == &paging::page_written_op || op == &paging::page_ready_op) {
      now = std::max(now, ends[transfer]);
      continue;
    }
    const bool is_write = op == &paging::page_out_op;
    const NodeId value = is_write ? g.inputs_of(id)[0] : id;
    const auto bytes = static_cast<double>(planning::bytes_of(g.node(value)).at(plan.batch));
    file_is_free = std::max(file_is_free, now) +
                   bytes / (is_write ? write_bytes_per_second : read_bytes_per_second);
    if (ends.size() <= transfer) ends.resize(transfer + 1, 0);
    ends[transfer] = file_is_free;
  }
  return std::max(now, file_is_free);
}

}  // namespace foregraph
