#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/base/system/budget.hpp>
#include <foregraph/detail/compile/check_model.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>
#include <foregraph/detail/train/predict/exclusive_use.hpp>
#include <foregraph/detail/train/predict/forward_memory.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>

namespace foregraph {

struct PredictorOptions {
  /// As TrainerOptions::memory_budget. Batches that do not fit are halved until they do; results
  /// change only by rounding.
  Budget memory_budget{};
  int threads = 0;             ///< as TrainerOptions::threads
  std::vector<Pass> passes{};  ///< as TrainerOptions::passes
};

/// A model loaded from a checkpoint for evaluation and prediction. Owns its variables and the
/// memory of a forward pass, without gradients and optimizer state. Created by Predictor. Neither
/// movable nor copyable. Serves one thread at a time: a call during another call throws UsageError.
class TrainedModel {
 public:
  /// `built` with `model` is the forward graph. Throws GraphError if it is invalid, FileError,
  /// DataError if the file is damaged or from another model, and BudgetError if the variables and
  /// one sample do not fit.
  TrainedModel(const Graph& built, const Model& model, const std::filesystem::path& checkpoint,
               PredictorOptions options);
  TrainedModel(const TrainedModel&) = delete;
  TrainedModel& operator=(const TrainedModel&) = delete;
  ~TrainedModel();

  /// Equivalent to Training::evaluate(), predict() and predict_as(), and throw the same errors.
  Evaluation evaluate(const Pipeline& data, std::span<const Metric> metrics = {});
  Evaluation evaluate(const Pipeline& data, std::initializer_list<Metric> metrics) {
    return evaluate(data, std::span<const Metric>(metrics.begin(), metrics.size()));
  }
  std::vector<float> predict(const Pipeline& data, std::size_t output = 0);
  template <class T>
  std::vector<T> predict_as(const Pipeline& data, std::size_t output = 0);

  /// Returns the preprocessing used in training, for Pipeline::preprocess(); null if there was
  /// none.
  [[nodiscard]] const Preprocessing* preprocessing() const { return preprocessing_.get(); }
  /// Return the model's forward graph with loss and outputs, and the graph of the outputs alone.
  [[nodiscard]] const Graph& evaluation_graph() const { return evaluation_graph_; }
  [[nodiscard]] const Graph& prediction_graph() const { return prediction_graph_; }
  /// Returns the current plan. Throws UsageError before the first evaluate() or predict().
  [[nodiscard]] const Plan& plan() const;
  /// Returns the bytes of the variables and of the last pass, which are kept for the next one.
  [[nodiscard]] Bytes allocated() const;

 private:
  /// Plans and allocates for the batches of `data`, or the largest half, quarter, ... that fits.
  ForwardPass prepare(const Graph& graph, const Pipeline& data, const char* call);
  [[nodiscard]] TrainingBudget budget_now() const;

  Graph evaluation_graph_;
  Graph prediction_graph_;
  PredictorOptions options_;
  std::shared_ptr<const Preprocessing> preprocessing_;
  bool has_trained_ = false;  ///< preprocessing_ was used in training
  LossKind loss_kind_ = LossKind::average;
  Arena variables_;
  ForwardMemory memory_{1};
  ExclusiveUse use_{"predictor"};
};

/// Evaluates and predicts with a checkpoint written by fit() or save():
///
///     fg::Predictor<classifier> predictor{"model.safetensors"};
///     const auto scores =
///     predictor.predict(fg::from(data).preprocess(*predictor.preprocessing()));
///
/// A wrong model function is a one-line compile error, as with peak_memory(). For a model built at
/// run time:
///
///     fg::Predictor predictor{graph, model, "model.safetensors"};
template <auto ModelFunction = nullptr>
class Predictor : public TrainedModel {
 public:
  template <class Path>
  requires(!std::is_same_v<decltype(ModelFunction), std::nullptr_t> &&
           std::is_convertible_v<const Path&, std::filesystem::path>)  //
      explicit Predictor(const Path& checkpoint, PredictorOptions options = {})
      : Predictor(Built{}, checkpoint, std::move(options)) {
    check_model<detail::ForwardFault<ModelFunction>>();
  }

  template <class Path>
  requires(std::is_same_v<decltype(ModelFunction), std::nullptr_t>&&
               std::is_convertible_v<const Path&, std::filesystem::path>)  //
      Predictor(const Graph& graph, const Model& model, const Path& checkpoint,
                PredictorOptions options = {})
      : TrainedModel(graph, model, checkpoint, std::move(options)) {}

 private:
  struct Built {
    Built() : model(ModelFunction(graph)) {}
    Graph graph;
    Model model;
  };
  Predictor(const Built& built, const std::filesystem::path& checkpoint, PredictorOptions options)
      : TrainedModel(built.graph, built.model, checkpoint, std::move(options)) {}
};

}  // namespace foregraph
