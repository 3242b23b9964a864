#include <cstdio>
#include <foregraph/detail/base/environment.hpp>
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

}  // namespace foregraph::planning

namespace foregraph {

std::int64_t largest_batch_of_step(const Graph& step, Bytes budget, PlanOptions options) {
  std::int64_t low = largest_batch(step, budget, options);
  const auto fits = [&](std::int64_t batch_size) {
    return planning::sizes_fit_64_bits(step, batch_size, options.input_buffers,
                                       options.other_bytes) &&
           plan_step(step.clone(), batch_size, options).plan.peak() <= budget;
  };
  // Without a loss that blocks could help, the graph as it is has the answer.
  if (options.loss_blocks == LossBlocks::never || !passes::find_blockwise_loss(step, 1, 0).found())
    return low;
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
