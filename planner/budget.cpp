#include <algorithm>
#include <foregraph/graph/error.hpp>
#include <foregraph/planner/budget.hpp>

namespace foregraph {

std::vector<LiveTensor> largest_at_peak(const Graph& g, const Plan& plan) {
  std::vector<LiveTensor> live;
  for (const Variable& v : g.variables)
    live.push_back({v.node, planning::buffer_bytes(g.node(v.node), plan.batch)});
  for (const NodeId id : g.inputs)
    live.push_back(
        {id, planning::buffer_bytes(g.node(id), plan.batch) * plan.options.input_buffers});
  for (const Buffer& b : plan.buffers)
    if (b.range.first <= plan.peak_step && plan.peak_step < b.range.last)
      live.push_back({b.first_node, b.range.bytes});
  std::stable_sort(live.begin(), live.end(),
                   [](const LiveTensor& a, const LiveTensor& b) { return a.bytes > b.bytes; });
  return live;
}

std::string describe_tensor(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  return full_name(g, id) + ' ' + to_string(node.dtype, node.shape);
}

std::string op_at_peak(const Graph& g, const Plan& plan) {
  const auto step = static_cast<std::size_t>(plan.peak_step);
  if (step >= plan.order.tasks.size()) return "the end of the step";
  const Task& task = plan.tasks.list[static_cast<std::size_t>(plan.order.tasks[step])];
  const NodeId id =
      task.kind == Task::Kind::copy ? task.first_member : plan.tasks.members_of(task).back();
  const Node& node = g.node(id);
  const std::string_view path = node.at.file;
  const std::size_t slash = path.rfind('/');
  return std::string(node.op->name) + " (" +
         std::string(slash == std::string_view::npos ? path : path.substr(slash + 1)) + ':' +
         std::to_string(node.at.line) + ')';
}

std::int64_t largest_batch(const Graph& step, Bytes budget, PlanOptions options) {
  const auto fits = [&](std::int64_t batch_size) {
    return plan_memory(step, batch_size, options).peak() <= budget;
  };
  if (!fits(1)) return 0;
  std::int64_t low = 1;
  constexpr std::int64_t most = std::int64_t{1} << 31;
  while (low < most && fits(2 * low)) low *= 2;
  std::int64_t high = 2 * low;  // does not fit, or is beyond any batch
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

void check_budget(const Graph& step, const Plan& plan, Bytes budget) {
  if (plan.peak() <= budget) return;
  std::string text = "a training step at batch " + std::to_string(plan.batch) + " needs " +
                     to_string(plan.peak()) + ", but the memory budget is " + to_string(budget) +
                     ". ";
  const std::int64_t fixed = plan.at_peak.parameters_bytes + plan.at_peak.optimizer_state_bytes;
  const std::int64_t batch_size = largest_batch(step, budget, plan.options);
  if (fixed > budget.count) {
    text += "The parameters take " + to_string(Bytes{plan.at_peak.parameters_bytes}) +
            " and the optimizer state " + to_string(Bytes{plan.at_peak.optimizer_state_bytes}) +
            " at any batch size: take a larger budget, a smaller model, or an optimizer with less "
            "state";
    throw BudgetError(text);
  }
  text += "The peak is at " + op_at_peak(step, plan) + "; the largest there:";
  const std::vector<LiveTensor> live = largest_at_peak(step, plan);
  for (std::size_t i = 0; i < live.size() && i < 3; ++i)
    text += (i == 0 ? " " : ", ") + describe_tensor(step, live[i].node) + " with " +
            to_string(Bytes{live[i].bytes});
  text += batch_size > 0
              ? ". The largest batch that fits is " + std::to_string(batch_size)
              : ". Not even one sample fits: take a larger budget or a smaller model, or fewer "
                "prefetched batches";
  throw BudgetError(text);
}

}  // namespace foregraph
