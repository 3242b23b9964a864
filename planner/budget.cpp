#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <string>
#include <utility>

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

/// Returns advice for a step whose plan exceeds the budget.
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
  return "Even batch 1 does not fit: it needs " + to_string(one) +
         "; use a larger budget, a smaller model" +
         (plan.options.input_buffers > 1 ? ", fewer prefetched batches" : "") +
         " or an optimizer with less state.";
}

}  // namespace

std::int64_t largest_batch(const Graph& step_graph, Bytes budget, PlanOptions options) {
  const auto countable = [&](std::int64_t batch_size) {
    return planning::sizes_fit_64_bits(step_graph, batch_size, options.input_buffers,
                                       options.other_bytes, options.threads);
  };
  const auto plan_at = [&](std::int64_t batch_size) {
    return plan_memory(step_graph, batch_size, options);
  };
  if (!countable(1)) return 0;
  Plan plan = plan_at(1);
  if (plan.lower_bound() > budget) return 0;
  // A plan's lower bound never falls with the batch: find the last batch at which it fits.
  std::int64_t low = 1;
  std::int64_t high = most_samples + 1;
  bool fits = plan.peak() <= budget;
  while (high - low > 1) {
    // Guess by the last plan's order.
    std::int64_t next = low;
    for (std::int64_t above = high; above - next > 1;) {
      const std::int64_t middle = next + (above - next) / 2;
      const bool below = countable(middle) && lower_bound_at(step_graph, plan, middle) <= budget;
      (below ? next : above) = middle;
    }
    if (next == low) next = low + 1;  // another order may do better there
    if (!countable(next)) {
      high = next;
      continue;
    }
    Plan tried = plan_at(next);
    if (tried.lower_bound() <= budget) {
      low = next;
      fits = tried.peak() <= budget;
      plan = std::move(tried);
    } else {
      high = next;
    }
  }
  // A placement may exceed its lower bound, by an amount that differs from batch to batch.
  constexpr int most_steps_down = 1'000;
  for (int step = 0; !fits && low > 1 && step < most_steps_down; ++step)
    fits = plan_at(--low).peak() <= budget;
  if (fits) return low;
  std::int64_t first = 0;  // fits, or is no batch
  while (low - first > 1) {
    const std::int64_t middle = first + (low - first) / 2;
    (plan_at(middle).peak() <= budget ? first : low) = middle;
  }
  return first;
}

void check_budget(const Graph& step_graph, const Plan& plan, Bytes budget) {
  if (plan.peak() <= budget) return;
  throw BudgetError("a step at batch " + with_separators(plan.batch) + " needs " +
                    to_string_beside(plan.peak(), budget) + ", but the memory budget is " +
                    to_string_beside(budget, plan.peak()) + ". The peak is at " +
                    op_at_peak(step_graph, plan) + "; the largest tensors there are " +
                    largest_text(step_graph, plan) + ". " + way_out(step_graph, plan, budget));
}

}  // namespace foregraph
