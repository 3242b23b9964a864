#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/loader/match_fields.hpp>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::checks {
namespace {

void refuse(Context& context, const std::string& what) {
  context.report.add(
      {"field-does-not-match",
       Severity::error,
       what,
       "training stops before its first step",
       "give field and input the same name, type and shape per sample: with Pipeline::permute(), "
       "reshape() or convert(), with the reader's options, or in the model",
       {}});
}

}  // namespace

void check_inputs(Context& context) {
  context.report.add_checked("fields");
  const Graph& g = *context.model.step;
  try {
    const Plan plan = plan_memory(g, 1);
    static_cast<void>(data::match_fields(g, plan, context.data));
    context.inputs_match = true;
    if (context.options.evaluation) {
      const Graph& evaluation = *context.model.evaluation;
      static_cast<void>(data::match_fields(evaluation, plan_memory(evaluation, 1),
                                           context.options.evaluation->in_order()));
    }
  } catch (const DataError& error) {
    refuse(context,
           (context.inputs_match ? "of the evaluation data: " : "") + std::string(error.what()));
  }
  for (const SampledRows* sample :
       {&context.sample, context.evaluation ? &*context.evaluation : nullptr}) {
    if (sample == nullptr || sample->error.empty()) continue;
    context.report.add(
        {"sample-cannot-be-read",
         Severity::error,
         std::string(sample == &context.sample ? "" : "of the evaluation data: ") + "after " +
             counted(sample->size(), "sample") + ": " + sample->error,
         "training stops at the batch with such a sample, however late in the epoch",
         "remove the sample, or convert all samples to one shape and type before batching",
         {{"read", static_cast<double>(sample->size())}}});
  }
}

}  // namespace foregraph::checks
