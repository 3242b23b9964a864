#include <foregraph/graph/error.hpp>
#include <foregraph/planner/budget.hpp>
#include <foregraph/planner/report.hpp>
#include <string>

namespace foregraph {
namespace {

std::string largest_text(const Graph& g, const Plan& plan) {
  std::string text;
  const std::vector<LiveTensor> alive = alive_at_peak(g, plan);
  for (std::size_t i = 0; i < alive.size() && i < 3; ++i)
    text +=
        (i == 0 ? "" : ", ") + describe_tensor(g, alive[i]) + " with " + to_string(alive[i].bytes);
  return text;
}

/// What to do about a step too large for the budget, knowing the plan that was asked for.
std::string way_out(const Graph& g, const Plan& plan, Bytes budget) {
  const Bytes variables{plan.variables_bytes};
  if (variables > budget)
    return "No batch fits: parameters (" + to_string(Bytes{plan.at_peak.parameters_bytes}) +
           ") and optimizer state (" + to_string(Bytes{plan.at_peak.optimizer_state_bytes}) +
           ") alone need " + to_string(variables) +
           "; use a larger budget, a smaller model or an optimizer with less state.";
  if (const std::int64_t largest = largest_batch(g, budget, plan.options); largest > 0)
    return "The largest batch that fits is " + with_separators(largest) + ".";
  const Bytes one = plan_memory(g, 1, plan.options).peak();
  return "Not even batch 1 fits, it needs " + to_string(one) +
         "; use a larger budget, a smaller model" +
         (plan.options.input_buffers > 1 ? ", fewer prefetched batches" : "") +
         " or an optimizer with less state.";
}

}  // namespace

std::int64_t largest_batch(const Graph& step_graph, Bytes budget, PlanOptions options) {
  const auto fits = [&](std::int64_t batch_size) {
    return planning::sizes_fit_64_bits(step_graph, batch_size, options.input_buffers) &&
           plan_memory(step_graph, batch_size, options).peak() <= budget;
  };
  if (!fits(1)) return 0;
  std::int64_t low = 1;  // fits
  while (low < most_samples && fits(2 * low)) low *= 2;
  if (low == most_samples) return low;
  std::int64_t high = 2 * low;  // does not fit
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

void check_budget(const Graph& step_graph, const Plan& plan, Bytes budget) {
  if (plan.peak() <= budget) return;
  throw BudgetError("a step at batch " + with_separators(plan.batch) + " needs " +
                    to_string(plan.peak()) + ", but the memory budget is " + to_string(budget) +
                    ". The peak is at " + op_at_peak(step_graph, plan) +
                    "; the largest tensors there are " + largest_text(step_graph, plan) + ". " +
                    way_out(step_graph, plan, budget));
}

}  // namespace foregraph
