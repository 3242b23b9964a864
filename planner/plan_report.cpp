#include <algorithm>
#include <array>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/order_free_bound.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <functional>
#include <limits>

namespace foregraph {
namespace {

using Row = std::vector<std::string>;

std::string bytes_text(std::int64_t bytes) {
  return to_string(Bytes{bytes});
}

/// Returns three digits and the prefix of the power of 1000, ready for a unit: "8.17 G".
std::string scaled(std::int64_t number) {
  constexpr std::array<const char*, 7> units{" ", " k", " M", " G", " T", " P", " E"};
  if (number < 1000) return std::to_string(number) + ' ';
  const text::Scaled scaled = text::scaled(static_cast<double>(number), 1000, units.size() - 1);
  return scaled.digits + units[scaled.power];
}

std::string percent(std::int64_t part, std::int64_t whole) {
  return text::percent(whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0);
}

/// Lists the op at the peak of each plan; adjacent plans with the same op share a line.
/// The graph of each plan.
using GraphOf = std::function<const Graph&(const Plan&)>;

std::string peak_lines(const GraphOf& graph_of, std::span<const Plan> plans) {
  std::vector<Row> rows;
  for (const Plan& plan : plans) {
    const std::string op = op_at_peak(graph_of(plan), plan);
    if (!rows.empty() && rows.back()[1] == op)
      rows.back()[0] += ", " + with_separators(plan.batch);
    else
      rows.push_back({"peak of batch " + with_separators(plan.batch), op});
  }
  return aligned_columns(rows, "l");
}

}  // namespace

std::vector<LiveTensor> alive_at_peak(const Graph& g, const Plan& plan) {
  std::vector<LiveTensor> alive;
  for (const Variable& v : g.variables)
    alive.push_back({v.node,
                     {planning::buffer_bytes(g.node(v.node), plan.batch)},
                     false,
                     v.is_sum ? Phase::backward : g.node(v.node).phase});
  for (const NodeId id : g.inputs)
    alive.push_back(
        {id, {planning::buffer_bytes(g.node(id), plan.batch) * plan.options.input_buffers}});
  std::vector<NodeId> holder(plan.buffers.size(), no_node);
  const auto step_count = static_cast<std::int32_t>(plan.order.tasks.size());
  for (std::int32_t step = 0; step <= plan.peak_step && step < step_count; ++step) {
    const Task& task =
        plan.tasks.list[static_cast<std::size_t>(plan.order.tasks[static_cast<std::size_t>(step)])];
    if (task.kind == Task::Kind::copy) continue;
    for (const NodeId id : plan.tasks.members_of(task))
      if (const std::int32_t b = plan.buffer_of[static_cast<std::size_t>(id)]; b >= 0)
        holder[static_cast<std::size_t>(b)] = id;
  }
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    const LiveRange& range = plan.buffers[b].range;
    if (range.first > plan.peak_step || plan.peak_step >= range.last) continue;
    const Buffer& buffer = plan.buffers[b];
    alive.push_back({buffer.is_workspace ? buffer.first_node : holder[b],
                     {range.bytes},
                     buffer.is_workspace,
                     g.node(buffer.first_node).phase});
  }
  if (plan.thread_bytes > 0) {
    const NodeId op = planning::op_with_thread_workspace(g, plan.batch);
    alive.push_back({op, {plan.thread_bytes}, true, g.node(op).phase, plan.options.threads - 1});
  }
  std::sort(alive.begin(), alive.end(), [](const LiveTensor& a, const LiveTensor& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.node < b.node;
  });
  return alive;
}

std::string layer_of(const Graph& g, NodeId id) {
  if (g.node(id).name.length > 0) return "";
  std::string path = scope_path(g, g.node(id).scope);
  if (!path.empty()) path.pop_back();
  return path;
}

std::string describe_tensor(const Graph& g, NodeId id) {
  const std::string layer = layer_of(g, id);
  return full_name(g, id) + ' ' + (layer.empty() ? "" : "of " + layer + ' ') +
         to_string(g.node(id).dtype, g.node(id).shape);
}

std::string describe_tensor(const Graph& g, const LiveTensor& tensor) {
  std::string text = (tensor.is_workspace ? "workspace of " : "") + describe_tensor(g, tensor.node);
  if (tensor.threads > 0) text += " on " + text::counted(tensor.threads, "more thread");
  return text;
}

std::string_view category_of(const Graph& g, const LiveTensor& tensor) {
  if (tensor.is_workspace) return "workspace";
  switch (g.node(tensor.node).op->kind) {
    case OpKind::input:
      return "input buffers";
    case OpKind::variable:
      return tensor.phase == Phase::backward ? "gradients"
             : tensor.phase == Phase::update ? "optimizer state"
                                             : "parameters";
    default:
      return tensor.phase == Phase::forward    ? "activations"
             : tensor.phase == Phase::backward ? "gradients"
                                               : "workspace";
  }
}

NodeId node_at_peak(const Plan& plan) {
  const auto step = static_cast<std::size_t>(plan.peak_step);
  if (step >= plan.order.tasks.size()) return no_node;
  const Task& task = plan.tasks.list[static_cast<std::size_t>(plan.order.tasks[step])];
  return task.kind == Task::Kind::copy ? task.first_member : plan.tasks.members_of(task).back();
}

std::string op_at_peak(const Graph& g, const Plan& plan) {
  const NodeId id = node_at_peak(plan);
  if (id == no_node) return "no op: the step computes nothing";
  const Node& node = g.node(id);
  std::string text = describe_tensor(g, id) + " (" + std::string(name_of(node.phase));
  if (node.at.line > 0) text += ", " + file_and_line(node.at);
  return text + ')';
}

std::int64_t flops_of_node(const Graph& g, NodeId id, std::int64_t batch_size) {
  return planning::flops_of_node(g, id, batch_size);
}

std::int64_t flops_of(const Graph& g, std::int64_t batch_size) {
  std::int64_t total = 0;
  for (NodeId id = 0; id < g.size(); ++id)
    if (__builtin_add_overflow(total, flops_of_node(g, id, batch_size), &total))
      return std::numeric_limits<std::int64_t>::max();
  return total;
}

std::int64_t kernel_calls_of(const Plan& plan) {
  return static_cast<std::int64_t>(plan.order.tasks.size());
}

namespace {

/// Returns the row of the distance between a peak and the bound of any order.
Row gap_line(Bytes peak, Bytes any_order) {
  const std::int64_t gap = (peak - any_order).count;
  if (gap == 0) return {"gap", "none", "proven optimal"};
  return {"gap", bytes_text(gap), with_separators(gap) + " B", percent(gap, peak.count)};
}

}  // namespace

std::string plan_report(const Graph& g, const Plan& plan) {
  const Breakdown& at = plan.at_peak;
  const std::int64_t peak = plan.peak().count;
  const auto line = [&](const std::string& what, std::int64_t bytes) {
    return Row{what, bytes_text(bytes), with_separators(bytes) + " B", percent(bytes, peak)};
  };
  const Bytes any_order = order_free_bound(g, plan).bytes;
  std::string text =
      aligned_columns({{"batch " + with_separators(plan.batch), "", "", "of the peak"},
                       line("peak", peak),
                       line("lower bound of this order", plan.lower_bound().count),
                       line("lower bound of any order", any_order.count),
                       gap_line(plan.peak(), any_order),
                       {"at the peak"},
                       line("  parameters", at.parameters_bytes),
                       line("  optimizer state", at.optimizer_state_bytes),
                       line("  input buffers (" + std::to_string(plan.options.input_buffers) + ")",
                            at.inputs_bytes),
                       line("  activations", at.activations_bytes),
                       line("  gradients", at.gradients_bytes),
                       line("  workspace", at.workspace_bytes)},
                      "lr");
  text += "op at the peak\n  " + op_at_peak(g, plan) + "\nlargest tensors at the peak\n";
  std::vector<Row> rows;
  for (const LiveTensor& tensor : alive_at_peak(g, plan)) {
    if (rows.size() == most_listed_tensors) break;
    rows.push_back({"  " + describe_tensor(g, tensor), to_string(tensor.bytes),
                    with_separators(tensor.bytes.count) + " B", percent(tensor.bytes.count, peak),
                    std::string(category_of(g, tensor))});
  }
  return text + aligned_columns(rows, "lrrrl") + "a step takes " + scaled(flops_of(g, plan.batch)) +
         "FLOP in " + with_separators(kernel_calls_of(plan)) + " kernel calls\n";
}

namespace {

std::string table_of_plans(const GraphOf& graph_of, std::span<const Plan> plans,
                           std::optional<Bytes> budget) {
  if (plans.empty()) return "";
  std::vector<Row> rows{{"batch", "peak", "any order", "gap", "parameters", "optimizer", "inputs",
                         "activations", "gradients", "workspace", "FLOP", "kernel calls"}};
  if (budget) rows[0].push_back("fits");
  for (const Plan& plan : plans) {
    const Graph& g = graph_of(plan);
    const Breakdown& at = plan.at_peak;
    const Bytes any_order = order_free_bound(g, plan).bytes;
    rows.push_back({with_separators(plan.batch), to_string(plan.peak()), to_string(any_order),
                    to_string(plan.peak() - any_order), bytes_text(at.parameters_bytes),
                    bytes_text(at.optimizer_state_bytes), bytes_text(at.inputs_bytes),
                    bytes_text(at.activations_bytes), bytes_text(at.gradients_bytes),
                    bytes_text(at.workspace_bytes), scaled(flops_of(g, plan.batch)),
                    with_separators(kernel_calls_of(plan))});
    if (budget) rows.back().push_back(plan.peak() <= *budget ? "yes" : "no");
  }
  return aligned_columns(rows, "r") + peak_lines(graph_of, plans);
}

}  // namespace

std::string plan_report(const Graph& g, ListOf<Plan> plans, std::optional<Bytes> budget) {
  return table_of_plans([&](const Plan&) -> const Graph& { return g; }, plans, budget);
}

std::string plan_report(std::span<const Graph> step_graphs, std::span<const Plan> plans,
                        std::optional<Bytes> budget) {
  if (step_graphs.size() != plans.size())
    throw UsageError("plan_report() got " + std::to_string(step_graphs.size()) + " graphs and " +
                     std::to_string(plans.size()) + " plans, expected a graph for each plan");
  return table_of_plans(
      [&](const Plan& plan) -> const Graph& {
        return step_graphs[static_cast<std::size_t>(&plan - plans.data())];
      },
      plans, budget);
}

}  // namespace foregraph
