#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/train/trainer_base.hpp>
#include <ostream>
#include <random>

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

void print_profile(const Request& request, const DryRun& run, const TrainingStep& training,
                   std::ostream& out) {
  std::int64_t batch_size = 0;
  for (const Plan& plan : run.plans) batch_size = std::max(batch_size, plan.batch);
  Graph built;
  const Model model = build(run.model, built);
  TrainerOptions options;
  if (run.budget) options.memory_budget = *run.budget;
  options.threads = request.threads;
  TrainerBase step(built, model, training.step.clone(), options, {}, training.make_split);
  step.prepare(batch_size, request.prefetch + 1);
  fill_inputs(step);
  const Profile profile = step.profile({.steps = request.steps});
  if (request.trace) write_chrome_trace(*request.trace, profile);
  out << '\n' << to_table(profile);
}

}  // namespace foregraph::cli
