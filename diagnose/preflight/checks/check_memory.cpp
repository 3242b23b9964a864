#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/compile/plan_step.hpp>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/refine_placement.hpp>

namespace foregraph::checks {

void check_memory(Context& context) {
  if (!context.budget) {
    context.report.add_skipped("memory", "there is no known limit");
    return;
  }
  context.report.add_checked("memory");
  const std::int64_t batch_size = context.data.largest_batch();
  if (batch_size < 1) return;
  // In the form in which a trainer runs it.
  Step chosen = plan_step(context.model.step->clone(), batch_size,
                          {.input_buffers = context.data.prefetch_depth() + 1,
                           .loss_blocks = context.options.loss_blocks,
                           .threads = threads_for(context.options.threads),
                           .extra_time = context.options.extra_time});
  const Graph& step = chosen.graph;
  const Plan& plan = chosen.plan;
  const Bytes own = context.data.own_bytes();
  refine_to_fit(step, chosen.plan, *context.budget - own, context.options.search);
  const Bytes needed{plan.peak().count + own.count};
  if (needed <= *context.budget) return;
  Finding finding;
  finding.id = "over-memory-budget";
  finding.figures = {{"batch", static_cast<double>(batch_size)},
                     {"peak_bytes", static_cast<double>(plan.peak().count)},
                     {"pipeline_bytes", static_cast<double>(own.count)},
                     {"budget_bytes", static_cast<double>(context.budget->count)}};
  finding.what = "a step of batch " + with_separators(batch_size) + " needs " +
                 to_string_beside(plan.peak(), *context.budget) +
                 (own.count > 0 ? " and its pipeline " + to_string(own) : "") +
                 ", but the budget is " + to_string_beside(*context.budget, plan.peak()) +
                 "; the peak is at " + op_at_peak(step, plan) + "." + context.budget_source;
  const Bytes left{std::max<std::int64_t>(0, context.budget->count - own.count)};
  const RemedyResults answers =
      try_remedies(step, plan, left, context.model.make_split, {.paging = context.options.paging});
  const RemedyResult* same_batch = nullptr;  // chosen by fit_to_budget
  std::string ways;
  for (const RemedyResult& each : answers.results) {
    if (!each.fits || each.remedy == Remedy::as_is) continue;
    const bool is_paging = each.remedy == Remedy::paging;
    const bool is_allowed = !is_paging || context.options.paging.use != Paging::never;
    ways += (ways.empty() ? "" : "; or ") + describe(each);
    if (!is_allowed) ways += " (if TrainerOptions::paging allows it)";
    if (each.remedy == Remedy::smaller_batch || !is_allowed) continue;
    if (same_batch == nullptr || (is_paging && context.options.paging.use == Paging::first))
      same_batch = &each;
  }
  const bool will_fit = context.options.fit_to_budget && same_batch != nullptr;
  finding.severity = will_fit ? Severity::note : Severity::error;
  finding.consequence = will_fit ? "fit_to_budget runs it with " + describe(*same_batch)
                                 : "fit() refuses with a BudgetError before the first step";
  if (ways.empty())
    finding.way_out = "nothing makes it fit: a single sample takes at least " +
                      to_string(answers.smallest_peak) + "; use a smaller model or a larger budget";
  else
    finding.way_out = ways + (same_batch != nullptr && !will_fit
                                  ? "; TrainerOptions::fit_to_budget keeps the batch size"
                                  : "");
  context.report.add(std::move(finding));
}

}  // namespace foregraph::checks
