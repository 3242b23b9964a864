#include <cstdio>
#include <foregraph/detail/base/environment.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/plan_step.hpp>
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
