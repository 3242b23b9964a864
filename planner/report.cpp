#include <algorithm>
#include <array>
#include <cstdio>
#include <foregraph/planner/budget.hpp>
#include <foregraph/planner/report.hpp>

namespace foregraph {
namespace {

using Row = std::vector<std::string>;

/// Columns aligned to the right, two blanks between them.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) text += "  ";
      text += std::string(widths[c] - row[c].size(), ' ') + row[c];
    }
    text += '\n';
  }
  return text;
}

std::string bytes_text(std::int64_t bytes) {
  return to_string(Bytes{bytes});
}

}  // namespace

double flops_of(const Graph& g, std::int64_t batch_size) {
  double total = 0;
  std::vector<Operand> operands;
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    if (node.arity == 0) continue;
    operands.clear();
    for (const NodeId input : g.inputs_of(id))
      operands.push_back({g.node(input).shape, g.node(input).dtype});
    const Dim flops = node.op->flops
                          ? node.op->flops(operands, {node.shape, node.dtype}, node.attributes)
                          : node.shape.elements();
    total += static_cast<double>(flops.at(batch_size));
  }
  return total;
}

std::string table_of(const std::vector<const Plan*>& plans) {
  std::vector<Row> rows{{"batch", "peak", "lower bound", "gap", "parameters", "optimizer", "inputs",
                         "activations", "gradients", "workspace"}};
  for (const Plan* plan : plans)
    rows.push_back(
        {std::to_string(plan->batch), to_string(plan->peak()), to_string(plan->lower_bound()),
         to_string(plan->gap()), bytes_text(plan->at_peak.parameters_bytes),
         bytes_text(plan->at_peak.optimizer_state_bytes), bytes_text(plan->at_peak.inputs_bytes),
         bytes_text(plan->at_peak.activations_bytes), bytes_text(plan->at_peak.gradients_bytes),
         bytes_text(plan->at_peak.workspace_bytes)});
  return aligned(rows);
}

std::string details_of(const Graph& g, const Plan& plan) {
  std::string text = "at batch " + std::to_string(plan.batch) + " the peak is at " +
                     op_at_peak(g, plan) + "; the largest tensors there:\n";
  std::vector<Row> rows;
  const std::vector<LiveTensor> live = largest_at_peak(g, plan);
  for (std::size_t i = 0; i < live.size() && i < 5; ++i)
    rows.push_back({"  " + bytes_text(live[i].bytes), describe_tensor(g, live[i].node)});
  std::size_t widest = 0;
  for (const Row& row : rows) widest = std::max(widest, row[0].size());
  for (const Row& row : rows)
    text += std::string(widest - row[0].size(), ' ') + row[0] + "  " + row[1] + '\n';
  std::array<char, 96> numbers{};
  std::snprintf(numbers.data(), numbers.size(),
                "a step runs %zu kernels and %.4g million operations\n", plan.order.tasks.size(),
                flops_of(g, plan.batch) / 1e6);
  return text + numbers.data();
}

}  // namespace foregraph
