#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/planner/budget.hpp>
#include <foregraph/planner/report.hpp>
#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/data/match_fields.hpp>
#include <foregraph/runtime/initialize.hpp>
#include <foregraph/runtime/process_memory.hpp>
#include <foregraph/runtime/progress.hpp>
#include <foregraph/runtime/training.hpp>
#include <foregraph/runtime/training_budget.hpp>
#include <iostream>
#include <utility>

namespace foregraph {
namespace {

/// Keeps only the inputs that some node reads.
Graph without_unread_inputs(Graph g) {
  std::vector<char> read(static_cast<std::size_t>(g.size()), 0);
  for (NodeId id = 0; id < g.size(); ++id)
    for (const NodeId input : g.inputs_of(id)) read[static_cast<std::size_t>(input)] = 1;
  for (const NodeId id : g.outputs) read[static_cast<std::size_t>(id)] = 1;
  std::erase_if(g.inputs, [&](NodeId id) { return read[static_cast<std::size_t>(id)] == 0; });
  return g;
}

Graph prediction_graph(const Graph& built, Model model) {
  model.loss = {};
  return without_unread_inputs(evaluation_graph(built, model));
}

/// Every sample once, in order, with the stages of `data`, in the caller's thread.
Pipeline in_order(const Pipeline& data, std::int64_t batch_size) {
  return data.in_order().batch(batch_size).workers(1).prefetch(0);
}

std::string summary(const EpochResult& r, std::int64_t last_epoch) {
  char text[160];
  int length = std::snprintf(text, sizeof text, "epoch %lld/%lld: loss %.4g, %.2f s",
                             static_cast<long long>(r.epoch + 1),
                             static_cast<long long>(last_epoch), r.loss, r.seconds);
  if (r.evaluation_loss)
    std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length),
                  ", evaluation loss %.4g", *r.evaluation_loss);
  return text;
}

template <class Names, class Print>
[[noreturn]] void throw_unknown(const char* what, std::string_view name, const Names& names,
                                Print print) {
  std::string known;
  for (const auto& each : names) known += (known.empty() ? "'" : ", '") + print(each) + "'";
  throw UsageError(std::string("the model has no ") + what + " '" + std::string(name) +
                   "'; it has " + (known.empty() ? "none" : known));
}

}  // namespace

struct Training::Forward {
  std::unique_ptr<Program> program;
  std::byte* inputs = nullptr;
  Arena own;  ///< if training has not allocated anything yet, or too little
};

Training::Training(const Graph& built, const Model& model, Graph step, TrainerOptions options,
                   std::span<const SpecialisedRegion> specialised, SplitMaker make_split)
    : step_graph_(std::move(step)),
      evaluation_graph_(evaluation_graph(built, model)),
      prediction_graph_(prediction_graph(built, model)),
      options_(std::move(options)),
      specialised_(specialised.begin(), specialised.end()),
      make_split_(std::move(make_split)) {
  if (step_graph_.first_fault) throw_fault(step_graph_.first_fault);
  for (const NodeId id : step_graph_.settings)
    settings_.push_back(step_graph_.node(id).attributes.number);
  const Plan smallest = plan_memory(step_graph_, 1);
  // Whatever is done to make a batch fit, the variables have to.
  const TrainingBudget budget = budget_now();
  const bool variables_fit = !budget.bytes || Bytes{smallest.variables_bytes} <= *budget.bytes;
  if (!options_.fit_to_budget || !variables_fit)
    check_training_budget(step_graph_, smallest, budget);
  variables_ = Arena(static_cast<std::size_t>(smallest.variables_bytes));
  for (std::size_t v = 0; v < step_graph_.variables.size(); ++v) {
    const Variable& variable = step_graph_.variables[v];
    const Node& node = step_graph_.node(variable.node);
    variable_offsets_.push_back(smallest.places[static_cast<std::size_t>(variable.node)].offset);
    initialize(variables_.data() + variable_offsets_.back(), node.shape, node.dtype,
               variable.initializer, v);
  }
}

Training::~Training() = default;

void Training::prepare(std::int64_t batch_size, std::int64_t input_buffers) {
  prepare_step(batch_size, input_buffers, false);
}

void Training::prepare_step(std::int64_t batch_size, std::int64_t input_buffers, bool may_split) {
  if (batch_size < 1) batch_size_must_be_at_least_1(batch_size);
  const bool is_ready = step_ && step_->answer().batch == batch_size &&
                        input_buffers_ == input_buffers &&
                        (may_split != whole_ || !step_->in_parts());
  if (!is_ready) {
    FittedStep next = fitted(batch_size, input_buffers, may_split);
    const bool had_another = step_ != nullptr;
    step_.reset();  // freed before the new one is allocated: both might not fit
    if (had_another) return_freed_memory();  // else up to some MiB of it stay beside the new one
    step_ = std::make_unique<PreparedStep>(std::move(next), step_graph_, settings_,
                                           variables_.data(), specialised_);
    input_buffers_ = input_buffers;
    whole_ = !may_split;
  }
  step_->restart();
}

FittedStep Training::fitted(std::int64_t batch_size, std::int64_t input_buffers,
                            bool may_split) const {
  Plan plan = plan_memory(step_graph_, batch_size, {.input_buffers = input_buffers});
  if (may_split && options_.micro_batch > 0 && options_.micro_batch < batch_size)
    return in_micro_batches(std::move(plan));
  const TrainingBudget budget = budget_now();
  if (budget.bytes && plan.peak() > *budget.bytes) {
    auto found = fit_step(step_graph_, plan, *budget.bytes, may_split ? make_split_ : SplitMaker{});
    if (found && options_.fit_to_budget) return std::move(*found);
    try {
      check_training_budget(step_graph_, plan, budget);
    } catch (const BudgetError& error) {
      if (!found) throw;
      throw BudgetError(error.what() + std::string(" TrainerOptions::fit_to_budget runs it with ") +
                        describe(found->answer) + ".");
    }
  }
  FittedStep whole;
  whole.answer = {.fits = true, .batch = batch_size, .part = batch_size, .peak = plan.peak()};
  whole.answer.flops = flops_of(step_graph_, batch_size);
  whole.step = step_graph_.clone();
  whole.plan = std::move(plan);
  return whole;
}

FittedStep Training::in_micro_batches(Plan plan) const {
  const std::int64_t part = options_.micro_batch;
  if (plan.batch % part != 0)
    throw UsageError("a batch of " + std::to_string(plan.batch) +
                     " samples cannot be cut in parts of " + std::to_string(part) +
                     "; choose TrainerOptions::micro_batch so that it divides the batch");
  FittedStep result;
  result.split = make_split_();
  if (!result.split.possible())
    throw UsageError("this model's batches cannot be cut in parts: " + result.split.refusal +
                     "; leave TrainerOptions::micro_batch at 0, or recompute (fit_to_budget)");
  result.split_plan = plan_split(result.split, part, plan.options);
  result.answer = {.measure = Measure::micro_batches,
                   .fits = true,
                   .batch = plan.batch,
                   .part = part,
                   .peak = result.split_plan.peak()};
  result.answer.flops =
      plan.batch / part * flops_of(result.split.part, part) + flops_of(result.split.apply, 1);
  if (const TrainingBudget budget = budget_now();
      budget.bytes && result.answer.peak > *budget.bytes)
    throw BudgetError("parts of " + std::to_string(part) + " samples need " +
                      to_string(result.answer.peak) + ", but the memory budget is " +
                      to_string(*budget.bytes) + "; use a smaller TrainerOptions::micro_batch." +
                      budget.source);
  return result;
}

History Training::fit(const Pipeline& data, const FitOptions& options) {
  if (options.epochs < 0)
    throw UsageError("fit: epochs is " + std::to_string(options.epochs) + ", expected 0 or more");
  if (options.schedule && !learning_rate())
    set("learning_rate", 0);  // says that there is none, before anything is allocated
  prepare_step(data.largest_batch(), data.prefetch_depth() + 1, data.tail() != Tail::pad);
  const Program& program = step_->program();
  const Pipeline parts = step_->in_parts() ? data.batch(step_->answer().part) : data;
  Loader loader(parts, match_fields(program.graph(), program.plan(), data),
                slot_bases(step_->work().data(), program.plan()));

  History history;
  const std::int64_t last_epoch = epoch_ + options.epochs;
  for (; epoch_ < last_epoch; ++epoch_)
    history.push_back(run_epoch(loader, data, options, last_epoch));
  step_->restart();
  return history;
}

EpochResult Training::run_epoch(Loader& loader, const Pipeline& data, const FitOptions& options,
                                std::int64_t last_epoch) {
  EpochResult result;
  result.epoch = epoch_;
  const std::int64_t batches = data.batches_per_epoch();
  ProgressBar bar(std::cerr, options.progress && stderr_is_a_terminal(),
                  "epoch " + std::to_string(epoch_ + 1) + '/' + std::to_string(last_epoch),
                  batches);
  const auto start = std::chrono::steady_clock::now();
  double weighted_loss = 0;
  std::int64_t samples = 0;
  double mean = 0;     // of the batches, by Welford's method
  double squares = 0;  // sum of squared deviations from it
  Batch part;          // of a batch, or all of it
  loader.start_epoch(epoch_);
  while (result.steps < batches && loader.next(part)) {
    if (options.schedule) set("learning_rate", options.schedule.rate(steps_));
    const std::int64_t size = std::min(data.batch_size(), data.samples_per_epoch() - samples);
    const std::int64_t rows = data.tail() == Tail::pad ? part.size : size;
    if (!step_->run(part.size, part.slot, rows)) continue;
    ++steps_;
    const double batch_loss = step_->loss();
    weighted_loss += batch_loss * static_cast<double>(size);
    samples += size;
    ++result.steps;
    const double deviation = batch_loss - mean;
    mean += deviation / static_cast<double>(result.steps);
    squares += deviation * (batch_loss - mean);
    bar.update(result.steps, weighted_loss / static_cast<double>(samples));
  }
  result.loss = samples > 0 ? weighted_loss / static_cast<double>(samples) : 0;
  result.batch_loss_deviation =
      result.steps > 0 ? std::sqrt(squares / static_cast<double>(result.steps)) : 0;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.evaluation) result.evaluation_loss = evaluate(*options.evaluation).loss;
  result.learning_rate = learning_rate();
  options.schedule.after_epoch(result.evaluation_loss.value_or(result.loss));
  bar.finish(summary(result, last_epoch));
  return result;
}

/// Halves the batch until the forward pass fits where training works, which holds more than the
/// forward pass of the same batch does except for models of a few bytes.
Training::Forward Training::forward_program(const Graph& graph, std::int64_t batch_size,
                                            std::int64_t slots) {
  Forward forward;
  Plan plan;
  bool fits = false;
  const auto room = static_cast<std::int64_t>(step_ ? step_->work().size_bytes() : 0);
  for (std::int64_t b = batch_size; step_ && !fits && b >= 1; b /= 2) {
    plan = plan_memory(graph, b, {.input_buffers = slots});
    fits = plan.inputs_bytes() + plan.transient_bytes <= room;
  }
  if (!fits) {
    plan = plan_memory(graph, step_ ? 1 : batch_size, {.input_buffers = slots});
    if (!step_) check_fits(graph, plan);
    forward.own = Arena(static_cast<std::size_t>(plan.inputs_bytes() + plan.transient_bytes));
  }
  start_blas();
  forward.inputs = fits ? step_->work().data() : forward.own.data();
  std::byte* transient = forward.inputs + plan.inputs_bytes();
  forward.program = std::make_unique<Program>(graph.clone(), std::move(plan));
  forward.program->attach(variables_.data(), forward.inputs, transient);
  return forward;
}

Evaluation Training::evaluate(const Pipeline& data) {
  const Forward forward = forward_program(evaluation_graph_, data.largest_batch(), 1);
  Program& program = *forward.program;
  Loader loader(in_order(data, program.plan().batch),
                match_fields(evaluation_graph_, program.plan(), data),
                slot_bases(forward.inputs, program.plan()));
  Evaluation result;
  double weighted_loss = 0;
  Batch batch_data;
  loader.start_epoch(0);
  while (loader.next(batch_data)) {
    program.bind(batch_data.size);
    program.run();
    weighted_loss += program.loss() * static_cast<double>(batch_data.size);
    result.samples += batch_data.size;
  }
  result.loss = weighted_loss / static_cast<double>(result.samples);
  return result;
}

std::vector<float> Training::predict(const Pipeline& data, std::size_t output) {
  if (output >= prediction_graph_.outputs.size())
    throw UsageError(
        "predict: output " + std::to_string(output) + " was asked for, but the model has " +
        std::to_string(prediction_graph_.outputs.size()) + "; name them in Model::outputs");
  const NodeId id = prediction_graph_.outputs[output];
  const Node& node = prediction_graph_.node(id);
  const Dim elements = node.shape.elements();
  if (elements.constant != 0 || node.dtype != f32)
    throw UsageError("predict: output " + std::to_string(output) + " is " +
                     to_string(node.dtype, node.shape) + ", expected f32 and one row per sample");
  const Forward forward = forward_program(prediction_graph_, data.largest_batch(), 1);
  Program& program = *forward.program;
  Loader loader(in_order(data, program.plan().batch),
                match_fields(prediction_graph_, program.plan(), data),
                slot_bases(forward.inputs, program.plan()));
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(data.samples_per_epoch() * elements.per_sample));
  Batch batch_data;
  loader.start_epoch(0);
  while (loader.next(batch_data)) {
    program.bind(batch_data.size);
    program.run();
    const auto* values = reinterpret_cast<const float*>(program.address_of(id));
    result.insert(result.end(), values, values + batch_data.size * elements.per_sample);
  }
  return result;
}

void Training::set(std::string_view setting, double value) {
  if (!std::isfinite(value))
    throw UsageError("setting '" + std::string(setting) + "' cannot be " + std::to_string(value) +
                     ", expected a finite number");
  bool found = false;
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    if (step_graph_.text(step_graph_.node(step_graph_.settings[i]).name) != setting) continue;
    settings_[i] = value;
    if (step_) step_->set(step_graph_, i, value);
    found = true;
  }
  if (found) return;
  throw_unknown("setting", setting, step_graph_.settings, [&](NodeId id) {
    return std::string(step_graph_.text(step_graph_.node(id).name));
  });
}

const Plan& Training::plan() const {
  if (!step_) throw UsageError("there is no plan yet; call prepare() or fit() first");
  return step_->program().plan();
}

const Answer& Training::answer() const {
  if (!step_) throw UsageError("there is no plan yet; call prepare() or fit() first");
  return step_->answer();
}

std::optional<double> Training::learning_rate() const {
  for (std::size_t i = 0; i < settings_.size(); ++i)
    if (step_graph_.text(step_graph_.node(step_graph_.settings[i]).name) == "learning_rate")
      return settings_[i];
  return std::nullopt;
}

const Program& Training::prepared() const {
  if (!step_) throw UsageError("there is no program yet; call prepare() or fit() first");
  return step_->program();
}

Bytes Training::allocated() const {
  return {static_cast<std::int64_t>(variables_.size_bytes() +
                                    (step_ ? step_->work().size_bytes() : 0))};
}

void Training::check_fits(const Graph& graph, const Plan& plan) const {
  check_training_budget(graph, plan, budget_now());
}

TrainingBudget Training::budget_now() const {
  return training_budget(options_.memory_budget, options_.machine, allocated());
}

void Training::check_dtype(const Graph& g, NodeId id, DType asked) {
  if (g.node(id).dtype != asked)
    throw UsageError("'" + full_name(g, id) + "' is " +
                     to_string(g.node(id).dtype, g.node(id).shape) + ", but was asked for as " +
                     std::string(name_of(asked)));
}

NodeId Training::find_input(std::string_view name) const {
  if (!step_) throw UsageError("there are no inputs yet; call prepare() first");
  const Graph& g = step_->program().graph();
  for (const NodeId id : g.inputs)
    if (g.text(g.node(id).name) == name) return id;
  throw_unknown("input", name, g.inputs, [&](NodeId id) { return full_name(g, id); });
}

std::size_t Training::find_variable(std::string_view name) const {
  for (std::size_t v = 0; v < step_graph_.variables.size(); ++v)
    if (full_name(step_graph_, step_graph_.variables[v].node) == name) return v;
  throw_unknown("variable", name, step_graph_.variables,
                [&](const Variable& v) { return full_name(step_graph_, v.node); });
}

}  // namespace foregraph
