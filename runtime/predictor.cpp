#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/checkpoint/check_variables.hpp>
#include <foregraph/runtime/checkpoint/model_fingerprint.hpp>
#include <foregraph/runtime/checkpoint/training_state.hpp>
#include <foregraph/runtime/predictor.hpp>
#include <foregraph/runtime/process_memory.hpp>

namespace foregraph {

TrainedModel::TrainedModel(const Graph& built, const Model& model,
                           const std::filesystem::path& checkpoint, PredictorOptions options)
    : evaluation_graph_(foregraph::evaluation_graph(built, model)),
      prediction_graph_(foregraph::prediction_graph(built, model)),
      options_(std::move(options)) {
  planning::check_loss(evaluation_graph_);
  for (const Graph* graph : {&evaluation_graph_, &prediction_graph_})
    if (graph->first_fault) throw_fault(graph->first_fault);
  const Checkpoint file(checkpoint);
  // What is left over is the optimizer's; that the model itself has no more is in the fingerprint.
  check_variables(file.file(), evaluation_graph_, ExtraTensors::ignore);
  check_model(file, model_fingerprint(built, model));
  preprocessing_ = preprocessing_of(file);
  has_trained_ = file.integer("has_trained") != 0;
  const Plan smallest = plan_memory(prediction_graph_, 1);
  check_training_budget(prediction_graph_, smallest, budget_now());
  variables_ = Arena(static_cast<std::size_t>(smallest.variables_bytes));
  std::vector<std::int64_t> offsets;
  for (const Variable& variable : prediction_graph_.variables)
    offsets.push_back(smallest.places[static_cast<std::size_t>(variable.node)].offset);
  copy_variables(file.file(), prediction_graph_, offsets, variables_.data());
}

TrainedModel::~TrainedModel() = default;

TrainingBudget TrainedModel::budget_now() const {
  return training_budget(options_.memory_budget, options_.machine, allocated());
}

Bytes TrainedModel::allocated() const {
  return {static_cast<std::int64_t>(variables_.size_bytes() + work_.size_bytes())};
}

const Plan& TrainedModel::plan() const {
  if (!program_) throw UsageError("there is no plan yet; call evaluate() or predict() first");
  return program_->plan();
}

ForwardPass TrainedModel::prepare(const Graph& graph, std::int64_t batch_size) {
  if (!program_ || prepared_graph_ != &graph || prepared_batch_ != batch_size) {
    const TrainingBudget budget = budget_now();
    std::int64_t size = batch_size;
    Plan plan = plan_memory(graph, size);
    for (; budget.bytes && plan.peak() > *budget.bytes && size > 1; size /= 2)
      plan = plan_memory(graph, size / 2);
    check_training_budget(graph, plan, budget);
    program_.reset();
    if (work_.size_bytes() > 0) {  // freed before there is another: both might not fit
      work_ = Arena();
      return_freed_memory();
    }
    start_blas();
    work_ = Arena(static_cast<std::size_t>(plan.inputs_bytes() + plan.transient_bytes));
    std::byte* transient = work_.data() + plan.inputs_bytes();
    program_ = std::make_unique<Program>(graph.clone(), std::move(plan));
    program_->attach(variables_.data(), work_.data(), transient);
    program_->use_threads(options_.threads);
    prepared_graph_ = &graph;
    prepared_batch_ = batch_size;
  }
  return {*program_, work_.data()};
}

Evaluation TrainedModel::evaluate(const Pipeline& data, std::span<const Metric> metrics) {
  if (has_trained_) check_preprocessing(preprocessing_.get(), data, "evaluate");
  return prepare(evaluation_graph_, data.in_order().largest_batch()).evaluate(data, metrics);
}

std::vector<float> TrainedModel::predict(const Pipeline& data, std::size_t output) {
  const NodeId id = output_to_predict(prediction_graph_, output);
  if (has_trained_) check_preprocessing(preprocessing_.get(), data, "predict");
  return prepare(prediction_graph_, data.in_order().largest_batch()).predict(data, id);
}

}  // namespace foregraph
