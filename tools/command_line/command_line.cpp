#include <CLI/CLI.hpp>
#include <foregraph/graph/error.hpp>
#include <foregraph/graph/print.hpp>
#include <foregraph/ops/optimizers/adam.hpp>
#include <foregraph/ops/optimizers/sgd.hpp>
#include <foregraph/planner/budget.hpp>
#include <foregraph/planner/report.hpp>
#include <foregraph/planner/training.hpp>
#include <foregraph/tools/command_line.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "options.hpp"

namespace foregraph {
namespace {

struct Request {
  std::string model;
  std::string batches = "1,32,128";
  std::string optimizer = "adam";
  std::string budget;
  std::int64_t prefetch = 0;
  bool json = false;
  bool dot = false;
};

const NamedModel& find_model(const std::string& name, const std::vector<NamedModel>& models) {
  std::vector<std::string> names;
  std::string list;
  for (const NamedModel& m : models) {
    if (m.name == name) return m;
    names.push_back(m.name);
    list += (list.empty() ? "" : ", ") + m.name;
  }
  const std::string near = cli::nearest(name, names);
  throw UsageError("there is no model '" + name + "'; " +
                   (near.empty() ? "" : "did you mean '" + near + "'? ") +
                   "The models are: " + list);
}

Graph step_graph(const NamedModel& named, const std::string& optimizer) {
  Graph g;
  const Model model = named.model(g);
  if (optimizer == "adam") return training_graph(g, model, adam());
  if (optimizer == "sgd") return training_graph(g, model, sgd());
  if (optimizer == "momentum") return training_graph(g, model, sgd_momentum());
  throw UsageError("there is no optimizer '" + optimizer + "'; expected adam, sgd or momentum");
}

nlohmann::ordered_json json_of(const Graph& g, const Plan& plan) {
  nlohmann::ordered_json largest = nlohmann::ordered_json::array();
  const std::vector<LiveTensor> live = largest_at_peak(g, plan);
  for (std::size_t i = 0; i < live.size() && i < 5; ++i)
    largest.push_back({{"tensor", describe_tensor(g, live[i].node)}, {"bytes", live[i].bytes}});
  return {{"batch", plan.batch},
          {"peak_bytes", plan.peak().count},
          {"lower_bound_bytes", plan.lower_bound().count},
          {"gap_bytes", plan.gap().count},
          {"parameters_bytes", plan.at_peak.parameters_bytes},
          {"optimizer_state_bytes", plan.at_peak.optimizer_state_bytes},
          {"inputs_bytes", plan.at_peak.inputs_bytes},
          {"activations_bytes", plan.at_peak.activations_bytes},
          {"gradients_bytes", plan.at_peak.gradients_bytes},
          {"workspace_bytes", plan.at_peak.workspace_bytes},
          {"op_at_peak", op_at_peak(g, plan)},
          {"largest_at_peak", largest},
          {"kernels", plan.order.tasks.size()},
          {"flops", flops_of(g, plan.batch)}};
}

ExitCode run_plan(const Request& request, const std::vector<NamedModel>& models, std::ostream& out,
                  std::ostream& err) {
  const NamedModel& named = find_model(request.model, models);
  const std::vector<std::int64_t> batches = cli::parse_batches(request.batches);
  std::optional<Bytes> budget;
  if (!request.budget.empty()) budget = cli::parse_bytes(request.budget);
  if (request.prefetch < 0)
    throw UsageError("--prefetch is " + std::to_string(request.prefetch) +
                     ", expected 0 or more batches");
  const PlanOptions options{.input_buffers = request.prefetch + 1};
  const Graph step = step_graph(named, request.optimizer);
  std::vector<Plan> plans;
  for (const std::int64_t batch_size : batches)
    plans.push_back(plan_memory(step, batch_size, options));

  ExitCode code = ExitCode::fine;
  const std::int64_t largest = budget ? largest_batch(step, *budget, options) : 0;
  for (const Plan& plan : plans)
    if (budget && plan.peak() > *budget) code = ExitCode::over_budget;
  if (request.json) {
    nlohmann::ordered_json document{{"model", named.name},
                                    {"optimizer", request.optimizer},
                                    {"input_buffers", options.input_buffers}};
    for (const Plan& plan : plans) {
      document["plans"].push_back(json_of(step, plan));
      if (budget) document["plans"].back()["fits"] = plan.peak() <= *budget;
    }
    if (budget) {
      document["budget_bytes"] = budget->count;
      document["largest_batch"] = largest;
    }
    out << document.dump(2) << '\n';
    return code;
  }
  std::vector<const Plan*> rows;
  for (const Plan& plan : plans) rows.push_back(&plan);
  out << named.name << ": " << named.description << "; " << request.optimizer << ", "
      << options.input_buffers << (options.input_buffers == 1 ? " input slot" : " input slots")
      << "\n\n"
      << table_of(rows) << '\n'
      << details_of(step, plans.back());
  if (budget)
    out << "the largest batch that fits " << to_string(*budget) << " is " << largest << '\n';
  for (const Plan& plan : plans) {
    if (!budget || plan.peak() <= *budget) continue;
    try {
      check_budget(step, plan, *budget);
    } catch (const BudgetError& error) {
      err << "over the budget: " << error.what() << '\n';
    }
  }
  return code;
}

ExitCode run_graph(const Request& request, const std::vector<NamedModel>& models,
                   bool with_training, std::ostream& out) {
  const NamedModel& named = find_model(request.model, models);
  Graph g;
  if (with_training) {
    g = step_graph(named, request.optimizer);
  } else {
    const Model model = named.model(g);
    g.loss = model.loss.id;
    for (const Tensor& t : model.outputs) g.outputs.push_back(t.id);
  }
  out << (request.dot ? to_dot(g) : to_text(g));
  return ExitCode::fine;
}

}  // namespace

int command_line(int argc, const char* const* argv, const std::vector<NamedModel>& models,
                 std::ostream& out, std::ostream& err) {
  Request request;
  CLI::App app{"Foregraph: know what a training step costs before you run it."};
  app.set_version_flag("--version", "foregraph 0.1.0");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 fine, 1 a bug of ours, 2 wrong usage, 3 over the budget.");

  CLI::App* plan = app.add_subcommand("plan", "The memory of a training step, by batch size");
  plan->add_option("--model", request.model, "A name that `models` lists")->required();
  plan->add_option("--batch", request.batches, "Batch sizes, as 1,32,10000")->capture_default_str();
  plan->add_option("--optimizer", request.optimizer, "adam, sgd or momentum")
      ->capture_default_str();
  plan->add_option("--budget", request.budget, "A size such as 64MiB; exit code 3 if exceeded");
  plan->add_option("--prefetch", request.prefetch, "Batches the pipeline prepares ahead")
      ->capture_default_str();
  plan->add_flag("--json", request.json, "Print JSON, sizes in bytes");

  CLI::App* graph = app.add_subcommand("graph", "The nodes of a model");
  graph->add_option("--model", request.model, "A name that `models` lists")->required();
  CLI::Option* training = graph->add_option(
      "--optimizer", request.optimizer, "Show the whole training step with adam, sgd or momentum");
  graph->add_flag("--dot", request.dot, "Print it for Graphviz");

  CLI::App* list = app.add_subcommand("models", "The models known");

  try {
    app.parse(argc, argv);
    if (*list)
      for (const NamedModel& m : models) out << m.name << "  " << m.description << '\n';
    ExitCode code = ExitCode::fine;
    if (*plan) code = run_plan(request, models, out, err);
    if (*graph) code = run_graph(request, models, training->count() > 0, out);
    return static_cast<int>(code);
  } catch (const CLI::Success& done) {  // --help, --version
    app.exit(done, out, err);
    return static_cast<int>(ExitCode::fine);
  } catch (const CLI::ParseError& error) {
    err << "foregraph: " << error.what() << "\nTry --help.\n";
    return static_cast<int>(ExitCode::wrong_usage);
  } catch (const BudgetError& error) {
    err << "foregraph: " << error.what() << '\n';
    return static_cast<int>(ExitCode::over_budget);
  } catch (const Error& error) {
    err << "foregraph: " << error.what() << '\n';
    return static_cast<int>(ExitCode::wrong_usage);
  } catch (const std::exception& error) {
    err << "foregraph: a bug of ours, please report it: " << error.what() << '\n';
    return static_cast<int>(ExitCode::internal_error);
  }
}

int command_line(int argc, const char* const* argv, const std::vector<NamedModel>& models) {
  return command_line(argc, argv, models, std::cout, std::cerr);
}

}  // namespace foregraph
