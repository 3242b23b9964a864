#include <cstdio>
#include <foregraph/detail/base/environment.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/plan_step.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <string>

namespace foregraph::planning {

void log_loss_blocks(const Step& whole, const Step& blocks, std::int64_t block_rows,
                     bool is_chosen) {
  if (!passes_are_logged()) return;
  const auto before = static_cast<double>(flops_of(whole.graph, whole.plan.batch));
  const auto after = static_cast<double>(flops_of(blocks.graph, blocks.plan.batch));
  const std::string text = "loss in blocks of " + std::to_string(block_rows) + " rows: peak " +
                           to_string(whole.plan.peak()) + " -> " + to_string(blocks.plan.peak()) +
                           ", " + text::percent(after / before) + " of the FLOPs, " +
                           (is_chosen ? "chosen" : "not chosen");
  std::fprintf(stderr, "foregraph: plan %s\n", text.c_str());
}

void log_cheap_values(const passes::CheapForm& form) {
  if (!passes_are_logged()) return;
  const std::string text = form.values == 0
                               ? "none"
                               : std::to_string(form.values) + " in the backward pass, " +
                                     to_string(Bytes{form.bytes}) + " at batch " +
                                     std::to_string(passes::form_batch);
  std::fprintf(stderr, "foregraph: plan recomputes cheap values: %s\n", text.c_str());
}

}  // namespace foregraph::planning

namespace foregraph {

void extra_time_is_out_of_range(double extra_time) {
  throw UsageError("PlanOptions::extra_time is " + text::significant(extra_time, 3) +
                   ", expected a share of the step's time from 0 to 1, such as 0.01; 0 recomputes "
                   "nothing");
}

std::int64_t largest_batch_of_step(const Graph& step, Bytes budget, PlanOptions options) {
  const auto fits = [&](std::int64_t batch_size) {
    return planning::sizes_fit_64_bits(step, batch_size, options.input_buffers, options.other_bytes,
                                       options.threads) &&
           plan_step(step.clone(), batch_size, options).plan.peak() <= budget;
  };
  // The form without blocks does not depend on the batch size.
  PlanOptions whole = options;
  whole.loss_blocks = LossBlocks::never;
  const Step form = plan_step(step.clone(), 1, whole);
  std::int64_t low = largest_batch(form.graph, budget, options);
  if (options.loss_blocks == LossBlocks::never || !passes::find_blockwise_loss(step, 1, 0).found())
    return low;
  constexpr int most_steps_down = 1'000;
  for (int i = 0; i < most_steps_down && low > 0 && !fits(low); ++i) --low;
  std::int64_t high = low + 1;
  for (std::int64_t further = 1; high <= most_samples && fits(high); further *= 2) {
    low = high;
    high = low + further;
  }
  if (high > most_samples + 1) high = most_samples + 1;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

}  // namespace foregraph
