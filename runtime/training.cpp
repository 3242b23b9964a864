#include <algorithm>
#include <cmath>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/planner/budget.hpp>
#include <foregraph/planner/report.hpp>
#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/checkpoint/model_fingerprint.hpp>
#include <foregraph/runtime/checkpoint/training_state.hpp>
#include <foregraph/runtime/initialize.hpp>
#include <foregraph/runtime/preflight/preflight.hpp>
#include <foregraph/runtime/process_memory.hpp>
#include <foregraph/runtime/thread_pool.hpp>
#include <foregraph/runtime/training.hpp>
#include <foregraph/runtime/training_budget.hpp>
#include <utility>

#include "fit_run.hpp"

namespace foregraph {
namespace {

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
      built_(built.clone()),
      model_(on_clone(built_, model)),
      make_split_(std::move(make_split)) {
  if (step_graph_.first_fault) throw_fault(step_graph_.first_fault);
  (void)threads_for(options_.threads);  // before anything is allocated
  model_fingerprint_ = model_fingerprint(built, model);
  for (const NodeId id : step_graph_.settings)
    settings_.push_back(step_graph_.node(id).attributes.number);
  setting_names_ = SettingNames(step_graph_);
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
  prepare_step({.batch_size = batch_size, .input_buffers = input_buffers});
}

void Training::prepare_step(Wanted wanted) {
  if (wanted.batch_size < 1) batch_size_must_be_at_least_1(wanted.batch_size);
  wanted.other_bytes += (threads_for(options_.threads) - 1) *
                        planning::workspace_per_thread(step_graph_, wanted.batch_size);
  if (!step_ || wanted != wanted_) {
    FittedStep next = fitted(wanted);
    const bool had_another = step_ != nullptr;
    step_.reset();  // freed before the new one is allocated: both might not fit
    if (had_another) return_freed_memory();  // else up to some MiB of it stay beside the new one
    step_ = std::make_unique<PreparedStep>(std::move(next), step_graph_, settings_,
                                           variables_.data(), specialised_, options_.threads);
    wanted_ = wanted;
  }
  step_->restart();
}

FittedStep Training::fitted(const Wanted& wanted) const {
  const std::int64_t batch_size = wanted.batch_size;
  Plan plan =
      plan_memory(step_graph_, batch_size,
                  {.input_buffers = wanted.input_buffers, .other_bytes = wanted.other_bytes});
  if (wanted.may_split && wanted.micro_batch > 0 && wanted.micro_batch < batch_size)
    return in_micro_batches(std::move(plan), wanted.micro_batch);
  const TrainingBudget budget = budget_now();
  if (budget.bytes && plan.peak() > *budget.bytes) {
    auto found =
        fit_step(step_graph_, plan, *budget.bytes, wanted.may_split ? make_split_ : SplitMaker{});
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

FittedStep Training::in_micro_batches(Plan plan, std::int64_t part) const {
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
  forward.program->use_threads(options_.threads);
  return forward;
}

History Training::fit(const Pipeline& data, const FitOptions& options) {
  return FitRun(*this, data, options).run();
}

Report Training::preflight(const Pipeline& data, const FitOptions& options) const {
  const Graph gradients = gradient_graph(built_, model_);
  PreflightOptions looked_at;
  looked_at.evaluation = options.evaluation;
  looked_at.memory_budget = options_.memory_budget;
  looked_at.machine = options_.machine;
  looked_at.held = held();
  looked_at.fit_to_budget = options_.fit_to_budget;
  if (options.schedule) {
    check_schedule();
    // The highest of some rates on the way.
    const std::int64_t steps = options.epochs * data.batches_per_epoch();
    constexpr std::int64_t looks = 100;
    double highest = 0;
    for (std::int64_t i = 0; i < looks; ++i)
      highest = std::max(highest, options.schedule.rate(steps_ + steps * i / looks));
    looked_at.learning_rate = highest;
  }
  return foregraph::preflight({.evaluation = &evaluation_graph_,
                               .step = &step_graph_,
                               .gradients = &gradients,
                               .make_split = make_split_,
                               .variables = variables_.data(),
                               .settings = settings_},
                              data, looked_at);
}

Evaluation Training::evaluate(const Pipeline& data, std::span<const Metric> metrics) {
  if (has_trained_) check_preprocessing(preprocessing_.get(), data, "evaluate");
  const Forward forward = forward_program(evaluation_graph_, data.in_order().largest_batch(), 1);
  return ForwardPass(*forward.program, forward.inputs).evaluate(data, metrics);
}

std::vector<float> Training::predict(const Pipeline& data, std::size_t output) {
  const NodeId id = output_to_predict(prediction_graph_, output);
  if (has_trained_) check_preprocessing(preprocessing_.get(), data, "predict");
  const Forward forward = forward_program(prediction_graph_, data.in_order().largest_batch(), 1);
  return ForwardPass(*forward.program, forward.inputs).predict(data, id);
}

NonFiniteOrigin Training::replay_failed_step() {
  if (!failed_step_) throw UsageError("replay_failed_step: no step of this training has failed");
  const Arena inputs(failed_step_->inputs.size());
  std::memcpy(inputs.data(), failed_step_->inputs.data(), failed_step_->inputs.size());
  return find_non_finite(step_graph_, failed_step_->batch_size, failed_step_->samples,
                         variables_.data(), inputs.data());
}

Profile Training::profile(const ProfileOptions& options) {
  check_profile(options);
  (void)prepared();
  Program& program = step_->program();
  Recording recording(options.steps, options.warm_up, program.instructions());
  const RecordingScope scope(program, recording);
  while (!recording.is_full()) program.run();
  return make_profile(program, recording, program.bound_batch());
}

void Training::set(std::string_view setting, double value) {
  set_at(setting_names_.find(setting, settings_), setting, value);
}

void Training::set_at(std::span<const std::size_t> settings, std::string_view name, double value) {
  if (!std::isfinite(value))
    throw UsageError("setting '" + std::string(name) + "' cannot be " + std::to_string(value) +
                     ", expected a finite number");
  for (const std::size_t i : settings) {
    settings_[i] = value;
    if (step_) step_->set(i, value);
  }
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
  const auto rates = setting_names_.learning_rates();
  if (rates.empty() || !all_equal(rates, settings_)) return std::nullopt;
  return settings_[rates.front()];
}

void Training::check_schedule() const {
  const auto rates = setting_names_.learning_rates();
  if (rates.empty())
    (void)setting_names_.find("learning_rate", settings_);  // says that there is none
  if (!all_equal(rates, settings_))
    throw UsageError("a schedule gives one learning rate, but the optimizer has several: " +
                     setting_names_.list(rates, settings_) +
                     "; leave FitOptions::schedule empty and set() each in a callback, or start "
                     "them with one value");
}

void Training::set_learning_rate(double rate) {
  const auto rates = setting_names_.learning_rates();
  if (!all_equal(rates, settings_)) check_schedule();  // a callback has changed one of them
  set_at(rates, "learning_rate", rate);
}

const Program& Training::prepared() const {
  if (!step_) throw UsageError("there is no program yet; call prepare() or fit() first");
  return step_->program();
}

Bytes Training::allocated() const {
  return held() + Bytes{wanted_.other_bytes};
}

Bytes Training::held() const {
  return {static_cast<std::int64_t>(variables_.size_bytes() +
                                    (step_ ? step_->work().size_bytes() : 0))};
}

void Training::check_fits(const Graph& graph, const Plan& plan) const {
  check_training_budget(graph, plan, budget_now());
}

TrainingBudget Training::budget_now() const {
  return training_budget(options_.memory_budget, options_.machine, held());
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
