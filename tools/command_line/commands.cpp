#include "commands.hpp"

#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/plan_step.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/refine_placement.hpp>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <utility>

#include "model.hpp"
#include "options.hpp"
#include "pictures.hpp"
#include "training_step.hpp"

namespace foregraph::cli {
namespace {

/// Limits prefetch so that 1 + prefetch, times a size, stays far from overflow.
constexpr std::int64_t most_prefetched = 1'000'000;

/// Prints the table rows that give the step's memory as a function of the batch.
void print_formula(const DryRun& run, std::ostream& out) {
  const Plan& plan = run.plans.back();
  out << "\nmemory of B samples: " << to_string(run.formula) << '\n'
      << "  (the order planned for batch " << with_separators(plan.batch);
  if (run.formula.exact_for_multiples_of > 1)
    out << "; exact for multiples of " << run.formula.exact_for_multiples_of << ", otherwise up to "
        << to_string(Bytes{run.formula.rounding_bytes}) << " more";
  const BatchInterval valid = valid_batches(run.graph_of(plan), plan);
  out << "; its offsets are valid for batches " << with_separators(valid.first);
  if (valid.last == any_batch)
    out << " and up";
  else
    out << " to " << with_separators(valid.last);
  out << ")\n";
}

void print_conventional(const DryRun& run, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < run.plans.size(); ++i) {
    const double ratio = static_cast<double>(run.conventional_peaks[i].count) /
                         static_cast<double>(run.plans[i].peak().count);
    std::ostringstream times;
    times << std::fixed << std::setprecision(2) << ratio << " times ours";
    rows.push_back({i == 0 ? "with all gradients kept to the end, in the order written:" : "",
                    "batch " + with_separators(run.plans[i].batch),
                    to_string(run.conventional_peaks[i]), times.str()});
  }
  out << aligned_columns(rows, "lrrl");
}

void print_budget(const DryRun& run, std::ostream& out) {
  const Bytes first = run.plans[0].peak();
  out << "\nbudget "
      << (run.plans.size() == 1 ? to_string_beside(*run.budget, first) : to_string(*run.budget));
  if (!run.budget_source.empty())
    out << " (what this process may still allocate: " << run.budget_source << ')';
  out << ": ";
  if (run.plans.size() == 1)
    out << (run.plans[0].peak() <= *run.budget ? "fits; " : "does not fit; ");
  if (run.largest_batch == 0)
    out << "no batch fits\n";
  else if (run.largest_batch == most_samples)
    out << "every batch fits\n";
  else
    out << "the largest batch that fits is " << with_separators(run.largest_batch) << '\n';
}

/// Prints which plans compute a loss by blocks of rows, with its cost.
void print_loss_blocks(const DryRun& run, std::ostream& out) {
  for (const Plan& plan : run.plans) {
    const Graph& form = run.graph_of(plan);
    const std::int64_t rows = rows_of_loss_blocks(form);
    if (rows == 0) continue;
    const double change = static_cast<double>(flops_of(form, plan.batch)) /
                              static_cast<double>(flops_of(run.step, plan.batch)) -
                          1;
    const std::string work =
        change < 0.0005 ? "no more work" : "+" + text::percent(change) + " work";
    PlanOptions options = plan.options;
    options.loss_blocks = LossBlocks::never;
    const Bytes whole = plan_step(run.step.clone(), plan.batch, options).plan.peak();
    out << "\nbatch " << with_separators(plan.batch) << ": the loss is computed by blocks of "
        << rows << " rows, " << to_string(plan.peak()) << " instead of " << to_string(whole)
        << " with whole logits, " << work << '\n';
  }
}

/// Prints which plans recompute values that cost little, with what that saves.
void print_recomputed(const DryRun& run, std::ostream& out) {
  for (std::size_t i = 0; i < run.plans.size(); ++i) {
    const Plan& plan = run.plans[i];
    const std::int64_t values = recomputations_in(run.graph_of(plan));
    if (values == 0) continue;
    out << "\nbatch " << with_separators(plan.batch) << ": " << text::counted(values, "cheap value")
        << " recomputed in the backward pass, " << to_string(plan.peak()) << " instead of "
        << to_string(run.peaks_with_all_kept[i]) << "; --extra-time 0 keeps all\n";
  }
}

void print_text(const DryRun& run, bool details, std::ostream& out) {
  const std::int64_t slots = run.plans[0].options.input_buffers;
  const int threads = run.plans[0].options.threads;
  out << run.model.name << ": " << run.model.description << '\n'
      << with_separators(parameter_count(run.step)) << " parameters, trained with " << run.optimizer
      << ", " << slots << (slots == 1 ? " input buffer, " : " input buffers, ")
      << text::counted(threads, "thread") << '\n';
  print_notes(run.notes, out);
  out << '\n';
  if (run.plans.size() > 1) out << plan_report(run.graphs, run.plans, run.budget);
  if (run.plans.size() == 1 || details)
    for (const Plan& each : run.plans)
      out << (run.plans.size() > 1 ? "\n" : "") << plan_report(run.graph_of(each), each);
  print_loss_blocks(run, out);
  print_recomputed(run, out);
  print_formula(run, out);
  print_conventional(run, out);
  if (run.budget) print_budget(run, out);
  for (const RemedyResults& each : run.answers)
    out << "\nbatch " << with_separators(each.results[0].batch) << '\n'
        << remedies_report(each, *run.budget);
  if (!run.process) return;
  out << "\nbeyond the plan: " << describe_beyond_the_plan(*run.process) << "; at batch "
      << with_separators(run.predicted_batch) << " at most " << to_string(run.process->peak())
      << '\n';
}

/// Predicts the memory of a whole process that trains the largest of the plans.
void predict_process(const std::string& root, DryRun& run) {
  if (!process_memory(root)) return;
  const Plan& largest =
      *std::max_element(run.plans.begin(), run.plans.end(),
                        [](const Plan& a, const Plan& b) { return a.batch < b.batch; });
  run.predicted_batch = largest.batch;
  try {
    run.process = predicted_process_peak(run.graph_of(largest), largest, Bytes{0});
  } catch (const BudgetError&) {  // planning continues even if training could not
  }
}

/// Prints one line if a batch is too large for this machine.
void warn_of_the_machine(const DryRun& run, const MachineMemory& machine, std::ostream& err) {
  if (!machine.budget) return;
  const Plan* smallest = nullptr;
  for (const Plan& plan : run.plans)
    if (plan.peak() > *machine.budget && (smallest == nullptr || plan.batch < smallest->batch))
      smallest = &plan;
  if (smallest == nullptr) return;
  err << "warning: batch " << with_separators(smallest->batch) << " needs "
      << to_string_beside(smallest->peak(), *machine.budget) << ", but a process may only allocate "
      << to_string_beside(*machine.budget, smallest->peak()) << " (" << describe(machine)
      << " here); --budget machine shows what fits\n";
}

/// Returns the options of paging for the word of --disk-speed.
PagingOptions parse_disk_speed(const std::string& text) {
  if (text.empty()) return {};
  if (text == "measured") return {.use = Paging::last};
  return {.bytes_per_second =
              static_cast<double>(parse_bytes(text, "--disk-speed", "measured").count)};
}

}  // namespace

Model build(const NamedModel& named, Graph& g) {
  try {
    return named.model(g);
  } catch (const InternalError&) {
    throw;
  } catch (const std::exception& error) {
    throw UsageError("model '" + named.name + "' cannot be built: " + error.what());
  }
}

TrainingStep step_of(const NamedModel& named, const std::string& optimizer) {
  Graph g;
  const Model model = build(named, g);
  try {
    return training_step(g, model, optimizer);
  } catch (const GraphError& error) {
    throw UsageError("model '" + named.name + "' cannot be trained: " + error.what());
  }
}

std::int64_t parameter_count(const Graph& g) {
  std::int64_t count = 0;
  for (const Variable& v : g.variables)
    if (v.trainable) count += g.node(v.node).shape.elements().constant;
  return count;
}

ExitCode list_models(const std::vector<NamedModel>& models, std::ostream& out) {
  std::size_t widest = 0;
  for (const NamedModel& each : models) widest = std::max(widest, each.name.size());
  for (const NamedModel& each : models)
    out << each.name << std::string(widest - each.name.size() + 2, ' ') << each.description << '\n';
  return ExitCode::fine;
}

ExitCode plan(const Request& request, const std::vector<NamedModel>& models, std::ostream& out,
              std::ostream& err) {
  const ChosenModel chosen = choose_model(request, models);
  const NamedModel& named = chosen.named;
  const std::vector<std::int64_t> batches = parse_batches(request.batches);
  const bool is_of_machine = request.budget == "machine" || request.budget == "auto";
  // Training may start OpenBLAS, which counts towards limits on the address space.
  if (is_of_machine && process_memory(request.machine.root)) start_blas_if_used();
  const MachineMemory machine = machine_memory(request.machine);
  std::optional<Bytes> budget;
  if (is_of_machine) {
    budget = machine.budget;
    if (!budget)
      throw UsageError("--budget " + request.budget +
                       ": this machine has no known limit; give a size such as 64MiB");
  } else if (!request.budget.empty()) {
    budget = parse_bytes(request.budget, "--budget", "machine");
  }
  if (request.prefetch < 0 || request.prefetch > most_prefetched)
    throw UsageError("--prefetch: " + std::to_string(request.prefetch) +
                     " is out of range, expected from 0 to 1000000 batches");
  if (!(request.search_seconds >= 0 && request.search_seconds <= 1e6))  // also false for NaN
    throw UsageError("--search: " + std::to_string(request.search_seconds) +
                     " is out of range, expected from 0 to 1000000 seconds");
  if (!(request.extra_time >= 0 && request.extra_time <= 1))
    throw UsageError("--extra-time: " + text::significant(request.extra_time, 6) +
                     " is out of range, expected a share of the step's time from 0 to 1");
  check_profile_options(request);
  const std::vector<Comparison> comparisons = parse_comparisons(request);
  const PagingOptions paging = parse_disk_speed(request.disk_speed);
  const PlanOptions options{.input_buffers = request.prefetch + 1,
                            .threads = threads_for(request.threads),
                            .extra_time = request.extra_time};
  const TrainingStep training = step_of(named, request.optimizer);
  const Graph& step = training.step;

  DryRun run{named, request.optimizer, step};
  run.budget = budget;
  run.notes = chosen.notes;
  const PlanOptions as_written{.input_buffers = options.input_buffers,
                               .order = OrderMethod::as_written,
                               .threads = options.threads};
  for (const std::int64_t batch_size : batches) {
    Step planned = plan_step(step.clone(), batch_size, options);
    run.graphs.push_back(std::move(planned.graph));
    run.plans.push_back(std::move(planned.plan));
    if (request.search_seconds > 0)
      refine_placement(run.graphs.back(), run.plans.back(), {.seconds = request.search_seconds});
    PlanOptions all_kept = options;
    all_kept.extra_time = 0;
    run.peaks_with_all_kept.push_back(
        recomputations_in(run.graphs.back()) > 0
            ? plan_step(step.clone(), batch_size, all_kept).plan.peak()
            : run.plans.back().peak());
    run.conventional_peaks.push_back(
        plan_memory(training.conventional, batch_size, as_written).peak());
    if (budget && run.plans.back().peak() > *budget)
      run.answers.push_back(try_remedies(run.graphs.back(), run.plans.back(), *budget,
                                         training.make_split, {.paging = paging}));
  }
  run.formula = batch_formula(run.graphs.back(), run.plans.back());
  if (budget) run.largest_batch = largest_batch_of_step(step, *budget, options);
  if (is_of_machine) run.budget_source = describe(machine);
  predict_process(request.machine.root, run);

  if (!request.profile) write_pictures(request, run, training, comparisons, {});
  if (request.json)
    out << to_json(run) << '\n';
  else
    print_text(run, request.details, out);
  if (request.profile) {
    std::vector<std::int64_t> measured;
    try {
      measured = print_profile(request, run, training, out);
    } catch (const Error&) {  // the plan can be drawn even if its step cannot run
      write_pictures(request, run, training, comparisons, {});
      throw;
    }
    if ((request.svg || request.html) && measured.empty())
      err << "note: the picture has no measured line, since a trainer runs this step with another "
             "plan\n";
    write_pictures(request, run, training, comparisons, std::move(measured));
  }
  if (!budget) warn_of_the_machine(run, machine, err);
  ExitCode code = ExitCode::fine;
  for (const Plan& each : run.plans) {
    if (!budget || each.peak() <= *budget) continue;
    code = ExitCode::over_budget;
    try {
      check_budget(run.graph_of(each), each, *budget);
    } catch (const BudgetError& error) {
      err << "over the budget: " << error.what() << '\n';
    }
  }
  return code;
}

ExitCode graph(const Request& request, const std::vector<NamedModel>& models, std::ostream& out) {
  const ChosenModel chosen = choose_model(request, models);
  const NamedModel& named = chosen.named;
  Graph g;
  if (request.training) {
    g = step_of(named, request.optimizer).step;
  } else {
    const Model model = build(named, g);
    g.loss = model.loss.id;
    for (const Tensor& t : model.outputs) g.outputs.push_back(t.id);
  }
  print_notes(chosen.notes, out, request.dot ? "// note: " : "note: ");
  out << (request.dot ? to_dot(g) : to_text(g));
  return ExitCode::fine;
}

}  // namespace foregraph::cli
