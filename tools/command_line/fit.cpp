#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/nn/losses/binary_cross_entropy.hpp>
#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>
#include <foregraph/detail/train/trainer_base.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "data_file.hpp"
#include "model.hpp"
#include "options.hpp"

namespace foregraph::cli {
namespace {

/// Returns the accuracy of each output that a classification loss compares with an input.
std::vector<Metric> metrics_of(const Graph& g, const Model& model) {
  std::vector<Metric> metrics;
  const auto add = [&](NodeId loss, const Metric& metric) {
    const NodeId prediction = g.inputs_of(loss)[0];
    const NodeId target = g.inputs_of(loss)[1];
    if (g.node(target).op != &leaf::input_op) return;
    for (std::size_t i = 0; i < model.outputs.size(); ++i)
      if (model.outputs[i].id == prediction)
        metrics.push_back(
            metric.of_output(i)
                .against(std::string(g.text(g.node(target).name)))
                .named(metrics.empty() ? "accuracy" : "accuracy_" + std::to_string(i)));
  };
  for (NodeId id = 0; id < g.size(); ++id) {
    const OpDef* op = g.node(id).op;
    if (op == &softmax_cross_entropy_op) add(id, metrics::accuracy());
    if (op == &binary_cross_entropy_op) add(id, metrics::binary_accuracy(0.5));
    if (op == &binary_cross_entropy_with_logits_op) add(id, metrics::binary_accuracy(0));
  }
  return metrics;
}

std::int64_t batch_of(const Request& request) {
  if (request.batches.empty()) return 32;
  const std::vector<std::int64_t> batches = parse_batches(request.batches);
  if (batches.size() != 1)
    throw UsageError("--batch: fit takes one batch size, got " + std::to_string(batches.size()));
  return batches[0];
}

void check_options(const Request& request) {
  if (request.epochs < 1)
    throw UsageError("--epochs: " + std::to_string(request.epochs) +
                     " is out of range, expected at least 1");
  if (request.learning_rate && !(*request.learning_rate >= 0 && *request.learning_rate <= 1e30))
    throw UsageError("--learning-rate: " + std::to_string(*request.learning_rate) +
                     " is out of range, expected a number of at least 0");
  if (request.threads < 0 || request.threads > max_threads)
    throw UsageError("--threads: " + std::to_string(request.threads) +
                     " is out of range, expected from 1 to " + std::to_string(max_threads) +
                     ", or 0 for all cores");
  check_model_file(request.output);
}

TrainerOptions trainer_options(const Request& request) {
  TrainerOptions options;
  options.memory_budget = Budget::machine(request.machine);
  if (!request.budget.empty() && request.budget != "machine" && request.budget != "auto")
    options.memory_budget = parse_bytes(request.budget, "--budget", "machine");
  options.fit_to_budget = true;
  options.threads = request.threads;
  return options;
}

/// What fit() prints about a training.
struct Trained {
  const Request& request;
  const ChosenModel& chosen;
  const TrainerBase& trainer;
  std::int64_t samples = 0;
  std::int64_t batch = 0;
  std::int64_t parameters = 0;
  History history{};
};

void print_text(const Trained& trained, std::ostream& out) {
  const TrainerBase& trainer = trained.trainer;
  out << trained.chosen.named.name << ": " << trained.chosen.named.description << '\n'
      << trained.request.file << ": " << with_separators(trained.samples)
      << " samples in batches of " << with_separators(trained.batch) << ", trained with "
      << trained.request.optimizer << '\n'
      << with_separators(trained.parameters) << " parameters, " << to_string(trainer.allocated())
      << " allocated";
  if (trainer.remedy().remedy != Remedy::as_is)
    out << ", batches run with " << name_of(trainer.remedy().remedy);
  out << '\n';
  print_notes(trained.chosen.notes, out);
  std::vector<std::vector<std::string>> rows{{"epoch"}};
  for (const EpochResult& epoch : trained.history) {
    rows.push_back({std::to_string(epoch.epoch + 1)});
    for (const auto& [name, value] : epoch.values()) {
      if (name == "batch_loss_deviation") continue;
      if (rows.size() == 2) rows[0].push_back(name);
      rows.back().push_back(text::significant(value, 6));
    }
    if (rows.size() == 2) rows[0].push_back("seconds");
    rows.back().push_back(text::significant(epoch.seconds, 3));
  }
  if (rows.size() > 1) out << '\n' << aligned_columns(rows, "r");
  for (const EpochResult& epoch : trained.history)
    for (const std::string& note : epoch.notes)
      out << "epoch " << epoch.epoch + 1 << ": " << note << '\n';
  out << '\n' << trained.request.output << ": the trained model\n";
}

std::string to_json(const Trained& trained) {
  nlohmann::ordered_json document{{"model", trained.chosen.named.name},
                                  {"description", trained.chosen.named.description},
                                  {"optimizer", trained.request.optimizer},
                                  {"parameters", trained.parameters},
                                  {"data", trained.request.file},
                                  {"samples", trained.samples},
                                  {"batch", trained.batch},
                                  {"allocated_bytes", trained.trainer.allocated().count},
                                  {"measure", name_of(trained.trainer.remedy().remedy)},
                                  {"output", trained.request.output},
                                  {"notes", trained.chosen.notes}};
  document["history"] = nlohmann::ordered_json::array();
  for (const EpochResult& epoch : trained.history) {
    nlohmann::ordered_json entry{{"epoch", epoch.epoch},
                                 {"steps", epoch.steps},
                                 {"samples", epoch.samples},
                                 {"seconds", epoch.seconds}};
    for (const auto& [name, value] : epoch.values()) entry[name] = value;  // NaN becomes null
    if (!epoch.notes.empty()) entry["notes"] = epoch.notes;
    document["history"].push_back(std::move(entry));
  }
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

ExitCode fit(const Request& request, const std::vector<NamedModel>& models, std::ostream& out,
             std::ostream& err) {
  check_options(request);
  const std::int64_t batch_size = batch_of(request);
  const ChosenModel chosen = choose_model(request, models);
  Graph g;
  const Model model = build(chosen.named, g);
  const TrainingStep training = step_of(chosen.named, request.optimizer);
  const Graph evaluation = evaluation_graph(g, model);
  const auto read = [&](const std::string& path) {
    return data::from(
        read_data_of(evaluation, path, request.label, request.delimiter, Reader::fit));
  };
  const data::Pipeline data = read(request.file).shuffle(request.seed).batch(batch_size);
  FitOptions options;
  options.epochs = request.epochs;
  if (!request.evaluation_file.empty())
    options.evaluation = read(request.evaluation_file).batch(batch_size);
  options.metrics = metrics_of(g, model);
  options.checkpoint.path = request.checkpoint;
  options.checkpoint.resume = request.resume;
  options.on_report = [&err](const Report& report) { err << report.to_text() << std::flush; };

  try {
    TrainerBase trainer(g, model, training.step.clone(), trainer_options(request), {},
                        training.make_split);
    if (request.learning_rate) trainer.set("learning_rate", *request.learning_rate);
    Trained trained{request,           chosen, trainer, data.dataset().size(), batch_size,
                    parameter_count(g)};
    trained.history = trainer.fit(data, options);
    save_model(request.output, trainer, chosen);
    if (request.json)
      out << to_json(trained) << '\n';
    else
      print_text(trained, out);
  } catch (const BudgetError& error) {
    err << "over the budget: " << error.what() << '\n';
    return ExitCode::over_budget;
  }
  return ExitCode::fine;
}

}  // namespace foregraph::cli
