#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/checkpoint/check_variables.hpp>
#include <foregraph/detail/train/checkpoint/model_fingerprint.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <foregraph/detail/train/predict/predictor.hpp>

namespace foregraph {

TrainedModel::TrainedModel(const Graph& built, const Model& model,
                           const std::filesystem::path& checkpoint, PredictorOptions options)
    : evaluation_graph_(foregraph::evaluation_graph(built, model, options.passes)),
      prediction_graph_(foregraph::prediction_graph(built, model, options.passes)),
      options_(std::move(options)),
      loss_kind_(evaluation_loss_kind(built, model)) {
  planning::check_loss(evaluation_graph_);
  for (const Graph* graph : {&evaluation_graph_, &prediction_graph_})
    if (graph->first_fault) throw_fault(graph->first_fault);
  const Checkpoint file(checkpoint);
  // Extra tensors are the optimizer's; the fingerprint shows if the model itself has more.
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
  return training_budget(options_.memory_budget, allocated());
}

Bytes TrainedModel::allocated() const {
  return Bytes{static_cast<std::int64_t>(variables_.size_bytes())} + memory_.allocated();
}

const Plan& TrainedModel::plan() const {
  if (memory_.program() == nullptr)
    throw UsageError("there is no plan yet; call evaluate() or predict() first");
  return memory_.program()->plan();
}

ForwardPass TrainedModel::prepare(const Graph& graph, const Pipeline& data, const char* call) {
  if (has_trained_) check_preprocessing(preprocessing_.get(), data, call);
  Program& program = memory_.prepare({.call = call,
                                      .graph = &graph,
                                      .data = &data,
                                      .variables = variables_.data(),
                                      .threads = options_.threads,
                                      .budget = budget_now()});
  return {program, memory_.inputs(), loss_kind_, call};
}

Evaluation TrainedModel::evaluate(const Pipeline& data, std::span<const Metric> metrics) {
  const auto scope = use_.enter("evaluate()", ExclusiveUse::Nested::refused);
  return prepare(evaluation_graph_, data, "evaluate").evaluate(data, metrics);
}

std::vector<float> TrainedModel::predict(const Pipeline& data, std::size_t output) {
  return predict_as<float>(data, output);
}

template <class T>
std::vector<T> TrainedModel::predict_as(const Pipeline& data, std::size_t output) {
  const auto scope = use_.enter("predict()", ExclusiveUse::Nested::refused);
  const NodeId id = output_to_predict(prediction_graph_, output, predicted_dtype<T>);
  return prepare(prediction_graph_, data, "predict").predict<T>(data, id);
}
template std::vector<float> TrainedModel::predict_as(const Pipeline&, std::size_t);
template std::vector<double> TrainedModel::predict_as(const Pipeline&, std::size_t);
template std::vector<std::int32_t> TrainedModel::predict_as(const Pipeline&, std::size_t);
template std::vector<std::int64_t> TrainedModel::predict_as(const Pipeline&, std::size_t);
template std::vector<std::uint8_t> TrainedModel::predict_as(const Pipeline&, std::size_t);

}  // namespace foregraph
