#include <algorithm>
#include <cmath>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/diagnose/preflight/preflight.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/refine_placement.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>
#include <foregraph/detail/train/checkpoint/model_fingerprint.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <foregraph/detail/train/training_core.hpp>
#include <utility>

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

void check_dtype(const Graph& g, NodeId id, DType asked) {
  if (g.node(id).dtype != asked)
    throw UsageError("'" + full_name(g, id) + "' is " +
                     to_string(g.node(id).dtype, g.node(id).shape) + ", but was requested as " +
                     std::string(name_of(asked)));
}

}  // namespace

TrainingCore::TrainingCore(const Graph& built, const Model& model, Graph step,
                           TrainerOptions options, std::span<const SpecialisedRegion> specialised,
                           SplitMaker make_split)
    : step_graph_(std::move(step)),
      evaluation_graph_(foregraph::evaluation_graph(built, model, options.passes)),
      prediction_graph_(foregraph::prediction_graph(built, model, options.passes)),
      options_(std::move(options)),
      specialised_(specialised.begin(), specialised.end()),
      built_(built.clone()),
      model_(on_clone(built_, model)),
      make_split_(std::move(make_split)) {
  if (step_graph_.first_fault) throw_fault(step_graph_.first_fault);
  output_names_ = output_names(built_, model_);
  const int threads = threads_for(options_.threads);  // before anything is allocated
  check_paging(options_.paging);
  if (!(options_.extra_time >= 0 && options_.extra_time <= 1))
    throw UsageError("TrainerOptions::extra_time is " + text::significant(options_.extra_time, 3) +
                     ", expected a share of the step's time from 0 to 1, such as 0.01; 0 "
                     "recomputes nothing");
  if (options_.search < 0)
    throw UsageError("TrainerOptions::search is " + std::to_string(options_.search) +
                     ", expected at least 0; 0 forbids the search");
  model_fingerprint_ = foregraph::model_fingerprint(built, model);
  loss_kind_ = evaluation_loss_kind(built, model);
  for (const NodeId id : step_graph_.settings)
    settings_.push_back(step_graph_.node(id).attributes.number);
  setting_names_ = SettingNames(step_graph_);
  const Step one_sample = plan_step(
      step_graph_.clone(), 1,
      {.loss_blocks = options_.loss_blocks, .threads = threads, .extra_time = options_.extra_time});
  const Plan& smallest = one_sample.plan;
  // However a batch is made to fit, the variables must fit as well.
  const TrainingBudget budget = budget_now();
  const bool variables_fit = !budget.bytes || Bytes{smallest.variables_bytes} <= *budget.bytes;
  if (!options_.fit_to_budget || !variables_fit)
    check_training_budget(one_sample.graph, smallest, budget);
  variables_ = Arena(static_cast<std::size_t>(smallest.variables_bytes));
  // Millions of random numbers, or an orthogonal matrix of a thousand rows, take seconds.
  constexpr std::int64_t bytes_worth_threads = std::int64_t{4} << 20;
  const bool is_large = smallest.variables_bytes >= bytes_worth_threads;
  if (is_large) reserve_threads(threads);
  const UseThreads uses(is_large ? threads : 1);
  for (std::size_t v = 0; v < step_graph_.variables.size(); ++v) {
    const Variable& variable = step_graph_.variables[v];
    const Node& node = step_graph_.node(variable.node);
    const NodeId planned = one_sample.graph.variables[v].node;
    variable_offsets_.push_back(smallest.places[static_cast<std::size_t>(planned)].offset);
    initialize(variables_.data() + variable_offsets_.back(), node.shape, node.dtype,
               variable.initializer, v, step_graph_.start_values.get());
  }
}

void TrainingCore::prepare_step(Wanted wanted) {
  if (wanted.batch_size < 1) batch_size_must_be_at_least_1(wanted.batch_size);
  if (!step_ || wanted != wanted_) {
    bool evaluation_is_planned = wanted.evaluation_bytes > 0;
    StepWithinBudget next = fitted(wanted, evaluation_is_planned);
    // Freed before the new one is allocated: both might not fit.
    step_.reset();
    forward_.clear();
    kept_loss_.reset();
    inputs_in_use_ = false;
    evaluation_is_planned_ = evaluation_is_planned;
    return_freed_memory();  // of planning and of another step: else some MiB stay beside the new
                            // one
    step_ = std::make_unique<PreparedStep>(std::move(next), step_graph_, settings_,
                                           variables_.data(), specialised_, options_.threads);
    wanted_ = wanted;
  }
  step_->restart();
}

StepWithinBudget TrainingCore::fitted(const Wanted& wanted, bool& evaluation_is_planned) const {
  const std::int64_t batch_size = wanted.batch_size;
  PlanOptions options{
      .input_buffers = wanted.input_buffers,
      .loss_blocks = options_.loss_blocks,
      .other_bytes = wanted.other_bytes + wanted.evaluation_data_bytes + wanted.evaluation_bytes,
      .threads = threads_for(options_.threads),
      .extra_time = options_.extra_time};
  Step step = plan_step(step_graph_.clone(), batch_size, options);
  // Evaluation must not make a step exceed the budget: it can use the step's memory instead.
  if (const std::optional<Bytes> bytes = budget_now().bytes;
      evaluation_is_planned && bytes && step.plan.peak() > *bytes) {
    evaluation_is_planned = false;
    options.other_bytes = wanted.other_bytes;
    step = plan_step(step_graph_.clone(), batch_size, options);
  }
  if (wanted.may_split && wanted.micro_batch > 0 && wanted.micro_batch < batch_size)
    return in_micro_batches(std::move(step.plan), wanted.micro_batch);
  const TrainingBudget budget = budget_now();
  if (budget.bytes) refine_to_fit(step.graph, step.plan, *budget.bytes, options_.search);
  if (budget.bytes && step.plan.peak() > *budget.bytes) {
    auto found = find_step_within_budget(step.graph, step.plan, *budget.bytes,
                                         wanted.may_split ? make_split_ : SplitMaker{},
                                         {.paging = options_.paging});
    if (found && options_.fit_to_budget) return std::move(*found);
    try {
      check_training_budget(step.graph, step.plan, budget);
    } catch (const BudgetError& error) {
      if (!found) throw;
      throw BudgetError(error.what() + std::string(" TrainerOptions::fit_to_budget runs it with ") +
                        describe(found->result) + ".");
    }
  }
  StepWithinBudget whole;
  whole.result = {.fits = true, .batch = batch_size, .part = batch_size, .peak = step.plan.peak()};
  whole.result.flops = flops_of(step.graph, batch_size);
  whole.step = std::move(step.graph);
  whole.plan = std::move(step.plan);
  return whole;
}

StepWithinBudget TrainingCore::in_micro_batches(Plan plan, std::int64_t part) const {
  if (plan.batch % part != 0)
    throw UsageError("a batch of " + std::to_string(plan.batch) +
                     " samples cannot be split into micro-batches of " + std::to_string(part) +
                     "; choose a TrainerOptions::micro_batch that divides the batch");
  StepWithinBudget result;
  result.split = make_split_();
  if (!result.split.possible())
    throw UsageError(
        "this model's batches cannot be split into micro-batches: " + result.split.refusal +
        "; leave TrainerOptions::micro_batch at 0, or use recomputation (fit_to_budget)");
  PlannedSplit planned = choose_split(result.split, part, plan.options);
  result.split.part = std::move(planned.part);
  result.split_plan = std::move(planned.plans);
  result.result = {.remedy = Remedy::micro_batches,
                   .fits = true,
                   .batch = plan.batch,
                   .part = part,
                   .peak = result.split_plan.peak()};
  result.result.flops =
      plan.batch / part * flops_of(result.split.part, part) + flops_of(result.split.apply, 1);
  if (const TrainingBudget budget = budget_now();
      budget.bytes && result.result.peak > *budget.bytes)
    throw BudgetError("micro-batches of " + std::to_string(part) + " samples need " +
                      to_string_beside(result.result.peak, *budget.bytes) +
                      ", but the memory budget is " +
                      to_string_beside(*budget.bytes, result.result.peak) +
                      "; use a smaller TrainerOptions::micro_batch." + budget.source);
  return result;
}

void TrainingCore::prepare_evaluations(std::span<const ForwardRequest> passes) {
  Bytes planned{};
  if (evaluation_is_planned_)
    for (const ForwardRequest& pass : passes) planned = std::max(planned, pass.arena_bytes());
  if (forward_.allocated() > planned) forward_.clear();
  if (evaluation_is_planned_)
    for (const ForwardRequest& pass : passes) (void)forward_.prepare(pass);
}

bool TrainingCore::has_stopped_gradients() const {
  return has_stopped_paths(built_, model_);
}

ForwardRequest TrainingCore::forward_request(const Graph& graph, const data::Pipeline& data,
                                             const char* call) const {
  // The memory the machine has left already excludes what a running fit() has taken.
  const bool counts_fit = in_fit_ && !options_.memory_budget.is_machine();
  const auto step_bytes = static_cast<std::int64_t>(step_ ? step_->work().size_bytes() : 0);
  return {.call = call,
          .graph = &graph,
          .data = &data,
          .variables = variables_.data(),
          .threads = options_.threads,
          .budget = budget_now(),
          .held = Bytes{step_bytes + (counts_fit ? wanted_.other_bytes : 0)}};
}

template <class Work>
auto TrainingCore::run_forward(const Graph& graph, const data::Pipeline& data, const char* call,
                               const Work& work) {
  if (record_.has_trained()) check_preprocessing(record_.preprocessing(), data, call);
  const ForwardRequest request = forward_request(graph, data, call);
  const bool step_is_free = step_ && (in_fit_ ? step_is_free_ : !inputs_in_use_);
  if (step_is_free && !request.fits()) {
    std::byte* const memory = step_->work().data();
    if (const auto program = forward_program_in(request, memory, step_->work().size_bytes())) {
      struct Clean {  // as after prepare()
        PreparedStep& step;
        ~Clean() {
          std::memset(step.work().data(), 0, step.work().size_bytes());
          step.restart();
        }
      } const clean{*step_};
      kept_loss_ = loss();
      return work(ForwardPass(*program, memory, loss_kind_, call));
    }
  }
  Program& program = forward_.prepare(request);
  return work(ForwardPass(program, forward_.inputs(), loss_kind_, call));
}

Report TrainingCore::preflight(const data::Pipeline& data, const FitOptions& options) const {
  const Graph gradients = gradient_graph(built_, model_);
  PreflightOptions looked_at;
  looked_at.evaluation = options.evaluation;
  looked_at.memory_budget = options_.memory_budget;
  looked_at.held = held();
  looked_at.fit_to_budget = options_.fit_to_budget;
  looked_at.paging = options_.paging;
  looked_at.loss_blocks = options_.loss_blocks;
  looked_at.extra_time = options_.extra_time;
  looked_at.search = options_.search;
  looked_at.threads = options_.threads;
  looked_at.silence = options.silence;
  if (options.schedule) {
    check_schedule();
    // Use the highest of several sampled rates.
    const double steps =
        static_cast<double>(options.epochs) * static_cast<double>(data.batches_per_epoch());
    constexpr std::int64_t looks = 100;
    double highest = 0;
    for (std::int64_t i = 0; i < looks; ++i) {
      const double step = std::min(steps * static_cast<double>(i) / looks, 1e18);
      highest = std::max(highest,
                         options.schedule.rate(record_.steps() + static_cast<std::int64_t>(step)));
    }
    looked_at.learning_rate = highest;
  }
  return foregraph::preflight({.evaluation = &evaluation_graph_,
                               .step = &step_graph_,
                               .gradients = &gradients,
                               .make_split = make_split_,
                               .variables = variables_.data(),
                               .settings = settings_,
                               .stopped_gradients = has_stopped_gradients()},
                              data, looked_at);
}

Evaluation TrainingCore::evaluate(const data::Pipeline& data, std::span<const Metric> metrics) {
  return run_forward(evaluation_graph_, data, "evaluate",
                     [&](const ForwardPass& pass) { return pass.evaluate(data, metrics); });
}

template <class T>
std::vector<T> TrainingCore::predict(const data::Pipeline& data, std::size_t output) {
  const NodeId id = output_to_predict(prediction_graph_, output, predicted_dtype<T>);
  return run_forward(prediction_graph_, data, "predict",
                     [&](const ForwardPass& pass) { return pass.predict<T>(data, id); });
}
template std::vector<float> TrainingCore::predict(const data::Pipeline&, std::size_t);
template std::vector<double> TrainingCore::predict(const data::Pipeline&, std::size_t);
template std::vector<std::int32_t> TrainingCore::predict(const data::Pipeline&, std::size_t);
template std::vector<std::int64_t> TrainingCore::predict(const data::Pipeline&, std::size_t);
template std::vector<std::uint8_t> TrainingCore::predict(const data::Pipeline&, std::size_t);

Predictions TrainingCore::predict_all(const data::Pipeline& data) {
  return run_forward(prediction_graph_, data, "predict", [&](const ForwardPass& pass) {
    return pass.predict_all(data, output_names_);
  });
}

Predictions TrainingCore::predict_all(std::span<const InputValues> samples) {
  return predict_all(
      batch_of(samples, prediction_graph_, evaluation_graph_, record_.preprocessing()));
}

double TrainingCore::loss() const {
  if (kept_loss_) return *kept_loss_;
  return step().in_parts() ? step_->loss() : step_->program().loss();
}

NonFiniteOrigin TrainingCore::replay_failed_step() const {
  const std::optional<FailedStep>& failed = record_.failed_step();
  if (!failed) throw UsageError("replay_failed_step: no step of this training has failed");
  const Arena inputs(failed->inputs.size());
  std::memcpy(inputs.data(), failed->inputs.data(), failed->inputs.size());
  return find_non_finite(step_graph_, failed->batch_size, failed->samples, variables_.data(),
                         inputs.data(), {}, failed->part);
}

Profile TrainingCore::profile(const ProfileOptions& options) {
  check_profile(options);
  Program& program = step().program();
  Recording recording(options.steps, options.warm_up, program.instructions(), options.memory);
  const RecordingScope records(program, recording);
  while (!recording.is_full()) program.run();
  return make_profile(program, recording, program.bound_batch());
}

void TrainingCore::set(std::string_view setting, double value) {
  set_at(setting_names_.find(setting, settings_), setting, value);
}

void TrainingCore::set_at(std::span<const std::size_t> settings, std::string_view name,
                          double value) {
  if (!std::isfinite(value))
    throw UsageError("setting '" + std::string(name) + "' cannot be " + std::to_string(value) +
                     ", expected a finite number");
  for (const std::size_t i : settings) {
    settings_[i] = value;
    if (step_) step_->set(i, value);
  }
}

std::optional<double> TrainingCore::learning_rate() const {
  const auto rates = setting_names_.learning_rates();
  if (rates.empty() || !all_equal(rates, settings_)) return std::nullopt;
  return settings_[rates.front()];
}

void TrainingCore::check_schedule() const {
  const auto rates = setting_names_.learning_rates();
  if (rates.empty())
    throw UsageError("the model has no setting 'learning_rate'; it has " + setting_names_.known() +
                     ", so a schedule has nothing to set; leave FitOptions::schedule empty");
  if (!all_equal(rates, settings_))
    throw UsageError("a schedule gives one learning rate, but the optimizer has several: " +
                     setting_names_.list(rates, settings_) +
                     "; leave FitOptions::schedule empty and set() each rate in a callback, or "
                     "start them with the same value");
}

void TrainingCore::set_learning_rate(double rate) {
  const auto rates = setting_names_.learning_rates();
  if (!all_equal(rates, settings_)) check_schedule();  // a callback changed one of them
  set_at(rates, "learning_rate", rate);
}

PreparedStep& TrainingCore::step(const char* what) const {
  if (!step_)
    throw UsageError("there is no " + std::string(what) + " yet; call prepare() or fit() first");
  return *step_;
}

Bytes TrainingCore::predicted_peak(std::int64_t batch_size, std::int64_t input_buffers) const {
  if (batch_size < 1) batch_size_must_be_at_least_1(batch_size);
  return plan_step(step_graph_.clone(), batch_size,
                   {.input_buffers = input_buffers,
                    .loss_blocks = options_.loss_blocks,
                    .threads = threads_for(options_.threads),
                    .extra_time = options_.extra_time})
      .plan.peak();
}

Bytes TrainingCore::allocated() const {
  // The plan reserves the evaluation pipelines' bytes, although they are taken only while fit()
  // runs.
  const std::int64_t data_bytes = evaluation_is_planned_ ? wanted_.evaluation_data_bytes : 0;
  return held() + Bytes{wanted_.other_bytes + data_bytes};
}

Bytes TrainingCore::held() const {
  const auto bytes = variables_.size_bytes() + (step_ ? step_->work().size_bytes() : 0);
  return Bytes{static_cast<std::int64_t>(bytes)} + forward_.allocated();
}

TrainingBudget TrainingCore::budget_now() const {
  return training_budget(options_.memory_budget, held());
}

TrainingCore::Values TrainingCore::input(std::string_view name, DType asked) {
  if (!step_) throw UsageError("there are no inputs yet; call prepare() first");
  const Program& program = step_->program();
  const Graph& g = program.graph();
  for (const NodeId id : g.inputs) {
    if (g.text(g.node(id).name) != name) continue;
    check_dtype(g, id, asked);
    inputs_in_use_ = true;
    return {program.address_of(id),
            static_cast<std::size_t>(g.node(id).shape.elements().at(program.plan().batch))};
  }
  throw_unknown("input", name, g.inputs, [&](NodeId id) { return full_name(g, id); });
}

TrainingCore::Values TrainingCore::variable(std::string_view name, DType asked) const {
  for (std::size_t v = 0; v < step_graph_.variables.size(); ++v) {
    const NodeId id = step_graph_.variables[v].node;
    if (full_name(step_graph_, id) != name) continue;
    check_dtype(step_graph_, id, asked);
    return {variables_.data() + variable_offsets_[v],
            static_cast<std::size_t>(step_graph_.node(id).shape.elements().constant)};
  }
  throw_unknown("variable", name, step_graph_.variables,
                [&](const Variable& v) { return full_name(step_graph_, v.node); });
}

}  // namespace foregraph
