#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>
#include <foregraph/detail/train/checkpoint/check_variables.hpp>
#include <foregraph/detail/train/checkpoint/model_fingerprint.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <foregraph/detail/train/predict/exclusive_use.hpp>
#include <foregraph/detail/train/predict/forward_memory.hpp>
#include <foregraph/detail/train/predict/predictor.hpp>

namespace foregraph {

struct PredictorBase::Core {
  /// Of a checkpoint, or with the values that the variables start with.
  Core(const Graph& built, const Model& model, const std::filesystem::path* checkpoint,
       PredictorOptions wanted)
      : prediction_graph(foregraph::prediction_graph(built, model, wanted.passes)),
        options(std::move(wanted)),
        names(output_names(built, model)),
        has_loss(checkpoint != nullptr || model.loss.graph != nullptr) {
    // A model without a loss only predicts. That of a checkpoint was trained, so it has one.
    evaluation_graph = has_loss ? foregraph::evaluation_graph(built, model, options.passes)
                                : prediction_graph.clone();
    if (has_loss) {
      loss_kind = evaluation_loss_kind(built, model);
      planning::check_loss(evaluation_graph);
    }
    for (const Graph* graph : {&evaluation_graph, &prediction_graph})
      if (graph->first_fault) throw_fault(graph->first_fault);
    if (checkpoint != nullptr)
      load(built, model, *checkpoint);
    else
      make_variables();
  }

  void load(const Graph& built, const Model& model, const std::filesystem::path& checkpoint) {
    const Checkpoint file(checkpoint);
    // Extra tensors are the optimizer's; the fingerprint shows if the model itself has more.
    check_variables(file.file(), evaluation_graph, ExtraTensors::ignore);
    check_model(file, model_fingerprint(built, model));
    preprocessing = preprocessing_of(file);
    has_trained = file.integer("has_trained") != 0;
    place_variables();
    copy_variables(file.file(), prediction_graph, offsets, variables.data());
  }
  void make_variables() {
    place_variables();
    for (std::size_t v = 0; v < offsets.size(); ++v) {
      const Variable& variable = prediction_graph.variables[v];
      const Node& node = prediction_graph.node(variable.node);
      initialize(variables.data() + offsets[v], node.shape, node.dtype, variable.initializer, v,
                 prediction_graph.start_values.get());
    }
  }
  /// Allocates the variables.
  void place_variables() {
    const Plan smallest =
        plan_memory(prediction_graph, 1, {.threads = threads_for(options.threads)});
    check_training_budget(prediction_graph, smallest, budget_now());
    variables = Arena(static_cast<std::size_t>(smallest.variables_bytes));
    for (const Variable& variable : prediction_graph.variables)
      offsets.push_back(smallest.places[static_cast<std::size_t>(variable.node)].offset);
    for (const NodeId id : prediction_graph.settings)
      settings.push_back(prediction_graph.node(id).attributes.number);
  }

  [[nodiscard]] Bytes allocated() const {
    return Bytes{static_cast<std::int64_t>(variables.size_bytes())} + memory.allocated();
  }
  [[nodiscard]] TrainingBudget budget_now() const {
    return training_budget(options.memory_budget, allocated());
  }
  /// Plans and allocates for the batches of `data`, or the largest half, quarter, ... that fits.
  ForwardPass prepare(const Graph& graph, const data::Pipeline& data, const char* call) {
    if (has_trained) check_preprocessing(preprocessing.get(), data, call);
    Program& program = memory.prepare({.call = call,
                                       .graph = &graph,
                                       .data = &data,
                                       .variables = variables.data(),
                                       .threads = options.threads,
                                       .budget = budget_now()});
    return {program, memory.inputs(), loss_kind, call};
  }
  Predictions predict_all(const data::Pipeline& data) {
    return prepare(prediction_graph, data, "predict").predict_all(data, names);
  }

  Graph prediction_graph;
  Graph evaluation_graph{};
  PredictorOptions options;
  std::vector<std::string> names;  ///< of the outputs
  bool has_loss;
  std::shared_ptr<const data::Preprocessing> preprocessing{};
  bool has_trained = false;  ///< `preprocessing` was used in training
  LossKind loss_kind = LossKind::average;
  Arena variables{};
  std::vector<std::int64_t> offsets{};  ///< of the variables
  std::vector<double> settings{};       ///< those that the model was built with
  ForwardMemory memory{1};
  ExclusiveUse use{"predictor"};
};

PredictorBase::PredictorBase(const Graph& built, const Model& model,
                             const std::filesystem::path& checkpoint, PredictorOptions options)
    : core_(std::make_unique<Core>(built, model, &checkpoint, std::move(options))) {}

PredictorBase::PredictorBase(const Graph& built, const Model& model, PredictorOptions options)
    : core_(std::make_unique<Core>(built, model, nullptr, std::move(options))) {}

PredictorBase::PredictorBase(
    PredictorBase&& other) {  // NOLINT(*-noexcept-move*): refuses in a call
  (void)other.core().use.enter("a move", ExclusiveUse::Nested::refused);
  core_ = std::move(other.core_);
}

PredictorBase& PredictorBase::operator=(
    PredictorBase&& other) {  // NOLINT(*-noexcept-move*): as above
  if (this == &other) return *this;
  (void)other.core().use.enter("a move", ExclusiveUse::Nested::refused);
  if (core_) (void)core_->use.enter("a move", ExclusiveUse::Nested::refused);
  core_ = std::move(other.core_);
  return *this;
}

PredictorBase::~PredictorBase() = default;

PredictorBase::Core& PredictorBase::core() const {
  if (!core_) throw UsageError("this predictor was moved from; use the one it was moved to");
  return *core_;
}

const data::Preprocessing* PredictorBase::preprocessing() const {
  return core().preprocessing.get();
}
const Graph& PredictorBase::evaluation_graph() const {
  return core().evaluation_graph;
}
const Graph& PredictorBase::prediction_graph() const {
  return core().prediction_graph;
}
PredictionModel PredictorBase::prediction_model() const {
  const Core& model = core();
  return {&model.prediction_graph, model.names, model.settings, model.variables.data(),
          model.offsets};
}
Bytes PredictorBase::allocated() const {
  return core().allocated();
}

const Plan& PredictorBase::plan() const {
  if (core().memory.program() == nullptr)
    throw UsageError("there is no plan yet; call evaluate() or predict() first");
  return core_->memory.program()->plan();
}

Evaluation PredictorBase::evaluate(const data::Pipeline& data, ListOf<Metric> metrics) {
  const auto scope = core().use.enter("evaluate()", ExclusiveUse::Nested::refused);
  if (!core_->has_loss)
    throw UsageError(
        "evaluate() needs a loss, but the model has none; give it one, or call "
        "predict_all()");
  return core_->prepare(core_->evaluation_graph, data, "evaluate").evaluate(data, metrics);
}

std::vector<float> PredictorBase::predict(const data::Pipeline& data, std::size_t output) {
  return predict_as<float>(data, output);
}

template <class T>
std::vector<T> PredictorBase::predict_as(const data::Pipeline& data, std::size_t output) {
  const auto scope = core().use.enter("predict()", ExclusiveUse::Nested::refused);
  const NodeId id = output_to_predict(core_->prediction_graph, output, predicted_dtype<T>);
  return core_->prepare(core_->prediction_graph, data, "predict").predict<T>(data, id);
}
template std::vector<float> PredictorBase::predict_as(const data::Pipeline&, std::size_t);
template std::vector<double> PredictorBase::predict_as(const data::Pipeline&, std::size_t);
template std::vector<std::int32_t> PredictorBase::predict_as(const data::Pipeline&, std::size_t);
template std::vector<std::int64_t> PredictorBase::predict_as(const data::Pipeline&, std::size_t);
template std::vector<std::uint8_t> PredictorBase::predict_as(const data::Pipeline&, std::size_t);

Predictions PredictorBase::predict_all(const data::Pipeline& data) {
  const auto scope = core().use.enter("predict_all()", ExclusiveUse::Nested::refused);
  return core_->predict_all(data);
}

Predictions PredictorBase::predict_all(ListOf<InputValues> samples) {
  const auto scope = core().use.enter("predict_all()", ExclusiveUse::Nested::refused);
  return core_->predict_all(batch_of(samples, core_->prediction_graph, core_->evaluation_graph,
                                     core_->preprocessing.get()));
}

}  // namespace foregraph
