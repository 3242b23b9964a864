#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/diagnose/preflight/preflight.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <ostream>

#include "commands.hpp"
#include "data_file.hpp"
#include "model.hpp"
#include "options.hpp"
#include "training_step.hpp"

namespace foregraph::cli {
namespace {

data::Pipeline pipeline_of(const Request& request, data::Dataset data) {
  data::Pipeline pipeline =
      data::from(std::move(data)).prefetch(static_cast<int>(request.prefetch));
  if (request.shuffle) pipeline = pipeline.shuffle(*request.shuffle);
  if (request.shuffle_buffer > 0)
    pipeline = pipeline.shuffle_buffer(request.shuffle_buffer, request.shuffle.value_or(0));
  if (request.batches.empty()) return pipeline;
  const std::vector<std::int64_t> batches = parse_batches(request.batches);
  if (batches.size() != 1)
    throw UsageError("--batch: check takes one batch size, got " + std::to_string(batches.size()));
  return pipeline.batch(batches[0], request.drop_tail ? data::Tail::drop : data::Tail::keep);
}

}  // namespace

ExitCode check(const Request& request, const std::vector<NamedModel>& models, std::ostream& out) {
  const ChosenModel chosen = choose_model(request, models);
  const NamedModel& named = chosen.named;
  Graph g;
  const Model model = build(named, g);
  const TrainingStep training = step_of(named, request.optimizer);
  const Graph evaluation = evaluation_graph(g, model);
  const Graph gradients = gradient_graph(g, model);
  if (request.prefetch < 0 || request.prefetch > 1000)
    throw UsageError("--prefetch: " + std::to_string(request.prefetch) +
                     " is out of range, expected from 0 to 1000 batches");
  if (request.shuffle_buffer < 0)
    throw UsageError("--shuffle-buffer: " + std::to_string(request.shuffle_buffer) +
                     " is out of range, expected at least 1 sample");
  if (request.learning_rate && !(*request.learning_rate >= 0 && *request.learning_rate <= 1e30))
    throw UsageError("--learning-rate: " + std::to_string(*request.learning_rate) +
                     " is out of range, expected a number of at least 0");

  PreflightOptions options;
  options.memory_budget = Budget::machine(request.machine);
  options.learning_rate = request.learning_rate;
  if (!request.budget.empty() && request.budget != "machine" && request.budget != "auto")
    options.memory_budget = parse_bytes(request.budget, "--budget", "machine");
  const auto read = [&](const std::string& path) {
    return read_data_of(evaluation, path, request.label, request.delimiter, Reader::check);
  };
  const data::Pipeline data = pipeline_of(request, read(request.file));
  if (!request.evaluation_file.empty())
    options.evaluation = data::from(read(request.evaluation_file));

  options.silence = request.without;
  const Report report = preflight({.evaluation = &evaluation,
                                   .step = &training.step,
                                   .gradients = &gradients,
                                   .make_split = training.make_split,
                                   .stopped_gradients = has_stopped_paths(g, model)},
                                  data, options);
  if (request.json) {
    out << with_notes(report.to_json(), chosen.notes) << '\n';
  } else {
    out << named.name << ": " << named.description << '\n'
        << request.file << ": " << with_separators(data.dataset().size())
        << " samples in batches of " << with_separators(data.batch_size()) << ", trained with "
        << request.optimizer << '\n';
    print_notes(chosen.notes, out);
    out << '\n' << report.to_text();
  }
  return report.worst() == Severity::note ? ExitCode::fine : ExitCode::findings;
}

}  // namespace foregraph::cli
