#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/findings/finding_ids.hpp>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/preflight.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>

namespace foregraph {
namespace checks {

namespace {

/// Runs a check; if user code or a kernel throws, the check counts as not made. Another check
/// reports the problem that the exception causes in training.
template <class Check>
void make(Context& context, const char* name, Check check) {
  try {
    check(context);
  } catch (const InternalError&) {
    throw;
  } catch (const std::exception& error) {
    context.report.add_skipped(name, error.what());
  }
}

void make_all(Context& context) {
  Report& report = context.report;
  const data::Pipeline& data = context.data;
  const PreflightOptions& options = context.options;
  make(context, "batches", check_batches);
  const bool is_stream = data.stream() != nullptr;
  if (is_stream) {
    report.add_skipped("data",
                       "a stream is not read before training, since its samples would be lost");
  } else {
    context.sample = sample_rows(data, options.most_rows, options.most_seconds);
    if (options.evaluation && !options.evaluation->stream())
      context.evaluation =
          sample_rows(*options.evaluation, options.most_rows, options.most_seconds);
  }
  make(context, "fields", check_inputs);
  make(context, "order", check_order);
  if (!is_stream) {
    make(context, "noise fields", find_noise);
    make(context, "targets", check_targets);
    make(context, "features", check_features);
    make(context, "labels among features", check_leaks);
    make(context, "duplicates", check_duplicates);
    make(context, "evaluation data", check_validation);
    make(context, "evaluation labels", check_evaluation_labels);
  }
  context.can_run = options.run_model && !is_stream && context.inputs_match &&
                    context.data_are_finite && context.sample.error.empty() &&
                    !report.has("label-out-of-range") && !report.has("index-out-of-range") &&
                    data.batches_per_epoch() > 0;
  make(context, "settings", check_settings);
  make(context, "predictions", check_predictions);
  make(context, "memory", check_memory);
  if (!context.can_run) return;
  make(context, "loss of single samples", check_loss);
  make(context, "batch size against gradient noise", check_gradients);
  if (report.has("loss-not-finite") || report.has("gradient-not-finite")) return;
  make(context, "activations", check_activations);
  make(context, "penalties", check_penalty);
  make(context, "learning rate", check_learning_rate);
}

}  // namespace
}  // namespace checks

Report preflight(const PreflightModel& model, const data::Pipeline& data,
                 const PreflightOptions& options) {
  if (model.step->first_fault) throw_fault(model.step->first_fault);
  check_finding_ids(options.silence, "preflight");
  Report report;
  checks::Context context{model, data, options, report};
  context.roles = checks::roles_of(*model.evaluation);
  const TrainingBudget budget = training_budget(options.memory_budget, options.held);
  context.budget = budget.bytes;
  context.budget_source = budget.source;
  checks::make_all(context);
  report.silence(options.silence);
  for (const std::string& id : options.silence) report.add_skipped(id, "silenced");
  return report;
}

}  // namespace foregraph
