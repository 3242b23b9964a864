#include <foregraph/detail/compile/micro_batches.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <utility>

namespace foregraph {
namespace planning {

std::string refusal_to_split(const Graph& forward, const LossOfSamples& loss) {
  if (loss.kind == LossKind::mixed) {
    const Node& node = forward.node(loss.culprit);
    std::string text = "samples of a batch interact in " + describe_tensor(forward, loss.culprit);
    if (node.at.line > 0) text += " (" + file_and_line(node.at) + ")";
    return text + ", so micro-batches would give a different result";
  }
  for (const Update& u : forward.updates) {
    // The model's state may depend only on other state, as a step counter does, not on the batch.
    DynamicArray<char> reads_batch(static_cast<std::size_t>(forward.size()), 0);
    for (const NodeId id : forward.inputs) reads_batch[static_cast<std::size_t>(id)] = 1;
    for (NodeId id = 0; id <= u.value; ++id)
      for (const NodeId input : forward.inputs_of(id))
        if (reads_batch[static_cast<std::size_t>(input)] != 0)
          reads_batch[static_cast<std::size_t>(id)] = 1;
    if (reads_batch[static_cast<std::size_t>(u.value)] != 0)
      return "the model's state '" +
             full_name(forward, forward.variables[static_cast<std::size_t>(u.variable)].node) +
             "' is updated from the whole batch";
  }
  return "";
}

std::string refusal_to_sum(const Graph& step) {
  for (const Update& u : step.updates) {
    const Variable& state = step.variables[static_cast<std::size_t>(u.variable)];
    if (state.owner >= 0 && step.node(u.value).op == &assign_rows_op)
      return "the optimizer changes '" + full_name(step, state.node) +
             "' only in the rows that a batch looks up (lazy_rows), which a sum of gradients does "
             "not tell";
  }
  return "";
}

DynamicArray<optim::Gradient> gradient_sums(Graph& g, std::span<const optim::Gradient> gradients) {
  DynamicArray<optim::Gradient> sums;
  for (const optim::Gradient& each : gradients) {
    const Tensor sum = optim::state_like(g, "sum", each.variable);
    g.variables.back().is_sum = true;
    sums.push_back({each.variable, sum});
  }
  return sums;
}

}  // namespace planning

SplitPlan plan_split(const SplitStep& split, std::int64_t part_size, PlanOptions options) {
  SplitPlan plans;
  plans.part = plan_memory(split.part, part_size, options);
  plans.apply = plan_memory(
      split.apply, 1, {.input_buffers = 0, .order = options.order, .threads = options.threads});
  return plans;
}

PlannedSplit choose_split(const SplitStep& split, std::int64_t part_size, PlanOptions options) {
  Step part = plan_step(split.part.clone(), part_size, options);
  PlannedSplit result{std::move(part.graph), {}};
  result.plans.part = std::move(part.plan);
  result.plans.apply = plan_memory(
      split.apply, 1, {.input_buffers = 0, .order = options.order, .threads = options.threads});
  return result;
}

}  // namespace foregraph
