#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/train/trainer_base.hpp>
#include <ostream>
#include <random>
#include <utility>
#include <vector>

#include "commands.hpp"

namespace foregraph::cli {
namespace {

/// Fills inputs with normal numbers; integers (labels, indices) stay 0, which is always in range.
void fill_inputs(TrainerBase& training) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  const Graph& g = training.step_graph();
  for (const NodeId id : g.inputs) {
    const Node& node = g.node(id);
    const auto name = g.text(node.name);
    if (node.dtype == f32)
      for (float& value : training.input<float>(name)) value = normal(random);
    if (node.dtype == f64)
      for (double& value : training.input<double>(name)) value = normal(random);
  }
}

}  // namespace

void check_profile_options(const Request& request) {
  if (request.steps < 1 || request.steps > most_profiled)
    throw UsageError("--profile-steps: " + std::to_string(request.steps) +
                     " is out of range, expected from 1 to " + with_separators(most_profiled));
  if (request.threads < 0 || request.threads > max_threads)
    throw UsageError("--threads: " + std::to_string(request.threads) +
                     " is out of range, expected from 1 to " + std::to_string(max_threads) +
                     ", or 0 for all cores");
  if (request.profile && request.json)
    throw UsageError(
        "--profile prints a table and cannot be combined with --json; use --profile-trace for its "
        "figures as JSON");
}

std::vector<std::int64_t> print_profile(const Request& request, const DryRun& run,
                                        const TrainingStep& training, std::ostream& out) {
  const Plan& largest =
      *std::max_element(run.plans.begin(), run.plans.end(),
                        [](const Plan& a, const Plan& b) { return a.batch < b.batch; });
  Graph built;
  const Model model = build(run.model, built);
  TrainerOptions options;
  if (run.budget) options.memory_budget = *run.budget;
  options.threads = request.threads;
  options.extra_time = request.extra_time;
  TrainerBase step(built, model, training.step.clone(), options, {}, training.make_split);
  step.prepare(largest.batch, request.prefetch + 1);
  fill_inputs(step);
  const bool is_drawn = request.svg || request.html;
  Profile profile = step.profile({.steps = request.steps, .memory = is_drawn});
  if (request.trace) write_chrome_trace(*request.trace, profile);
  out << '\n' << to_table(profile);
  const Plan& ran = step.program().plan();
  const bool is_largest = ran.batch == largest.batch &&
                          ran.transient_bytes == largest.transient_bytes &&
                          ran.order.tasks.size() == largest.order.tasks.size();
  return is_largest ? std::move(profile.touched_bytes) : std::vector<std::int64_t>();
}

}  // namespace foregraph::cli
