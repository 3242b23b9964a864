#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/base/system/budget.hpp>
#include <foregraph/detail/compile/check_model.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>
#include <foregraph/detail/train/predict/input_values.hpp>
#include <foregraph/detail/train/predict/prediction_model.hpp>
#include <foregraph/detail/train/predict/predictions.hpp>

namespace foregraph {

/// Options of Predictor.
struct PredictorOptions {
  /// As TrainerOptions::memory_budget. Batches that do not fit are halved until they do; results
  /// change only by rounding.
  Budget memory_budget{};
  int threads = 0;             ///< as TrainerOptions::threads
  std::vector<Pass> passes{};  ///< as TrainerOptions::passes
};

/// A model loaded from a checkpoint for evaluation and prediction. Owns its variables and the
/// memory of a forward pass, without gradients and optimizer state. Created by Predictor. May be
/// moved, but not copied; one that was moved from can only be destroyed or assigned to, and every
/// other use of it throws UsageError. Serves one thread at a time: a call during another call
/// throws UsageError.
class FOREGRAPH_EXPORT PredictorBase {
 public:
  /// `built` with `model` is the forward graph. Throws GraphError if it is invalid, FileError,
  /// DataError if the file is damaged or from another model, and BudgetError if the variables and
  /// one sample do not fit.
  PredictorBase(const Graph& built, const Model& model, const std::filesystem::path& checkpoint,
                PredictorOptions options);
  /// Makes the variables with the values that they start with, such as those of a file that the
  /// model was read from. The model needs no loss; evaluate() then throws UsageError. Throws
  /// GraphError if it is invalid, BudgetError if the variables and one sample do not fit, and what
  /// the values throw.
  PredictorBase(const Graph& built, const Model& model, PredictorOptions options);
  PredictorBase(const PredictorBase&) = delete;
  PredictorBase& operator=(const PredictorBase&) = delete;
  /// Takes over the model. Throws UsageError while a call of `other` (or of the model assigned to)
  /// is running.
  PredictorBase(PredictorBase&& other);
  /// Takes over the model; see the constructor.
  PredictorBase& operator=(PredictorBase&& other);
  ~PredictorBase();

  /// Returns the mean loss and metrics over a data set; see TrainerBase::evaluate().
  Evaluation evaluate(const data::Pipeline& data, ListOf<Metric> metrics = {});
  /// Returns the values of an output; see TrainerBase::predict().
  std::vector<float> predict(const data::Pipeline& data, std::size_t output = 0);
  /// Returns the values of an output as T; see TrainerBase::predict_as().
  template <class T>
  std::vector<T> predict_as(const data::Pipeline& data, std::size_t output = 0);
  /// Returns all outputs for each sample in data-set order, computed in one pass, with their shapes
  /// and dtypes. The data need only the fields that the outputs depend on. Throws the errors of
  /// evaluate().
  Predictions predict_all(const data::Pipeline& data);
  /// Returns all outputs for samples that are not in a data set:
  ///
  ///     predictor({{"x", features}})["logits"].as<float>()
  ///
  /// The values are as before Pipeline::preprocess(), and the preprocessing of the training data is
  /// applied to them. Runs the samples as one batch. Throws DataError for an input that is missing,
  /// unknown or given twice, for another dtype or shape than the input's, and for different numbers
  /// of samples; and the errors of evaluate().
  Predictions predict_all(ListOf<InputValues> samples);
  /// Equivalent to predict_all().
  Predictions operator()(const data::Pipeline& data) { return predict_all(data); }
  /// Equivalent to predict_all().
  Predictions operator()(ListOf<InputValues> samples) { return predict_all(samples); }

  /// Returns the preprocessing used in training, for Pipeline::preprocess(); null if there was
  /// none.
  [[nodiscard]] const data::Preprocessing* preprocessing() const;
  /// Return the model's forward graph with loss and outputs, and the graph of the outputs alone.
  [[nodiscard]] const Graph& evaluation_graph() const;
  /// Returns the graph of the outputs alone.
  [[nodiscard]] const Graph& prediction_graph() const;
  /// Returns what predict() computes, with the values of the variables.
  [[nodiscard]] PredictionModel prediction_model() const;
  /// Returns the current plan. Throws UsageError before the first evaluate() or predict().
  [[nodiscard]] const Plan& plan() const;
  /// Returns the bytes of the variables and of the last pass, which are kept for the next one.
  [[nodiscard]] Bytes allocated() const;

 private:
  struct Core;  ///< never moves, because programs refer to it
  /// Throws UsageError if this object was moved from.
  [[nodiscard]] Core& core() const;

  std::unique_ptr<Core> core_;
};

/// Evaluates and predicts with a checkpoint written by fit() or save():
///
///     fg::Predictor<classifier> predictor{"model.safetensors"};
///     const fg::Predictions predicted = predictor(fg::data::from(data));
///     const std::span<const float> logits = predicted["logits"].as<float>();
///     const std::vector<float> of_one = predictor({{"x", features}})["logits"].as<float>();
///
/// A wrong model function is a one-line compile error, as with peak_memory(). For a model built at
/// run time:
///
///     fg::Predictor predictor{graph, model, "model.safetensors"};
template <auto ModelFunction = nullptr>
class Predictor : public PredictorBase {
 public:
  /// Loads a checkpoint for the model in the template argument. Throws as PredictorBase's
  /// constructor.
  template <class Path>
  requires(!std::is_same_v<decltype(ModelFunction), std::nullptr_t> &&
           std::is_convertible_v<const Path&, std::filesystem::path>)  //
      explicit Predictor(const Path& checkpoint, PredictorOptions options = {})
      : Predictor(Built{}, checkpoint, std::move(options)) {
    check_model<detail::ForwardFault<ModelFunction>>();
  }

  /// Loads a checkpoint for a model built at run time. Throws as PredictorBase's constructor.
  template <class Path>
  requires(std::is_same_v<decltype(ModelFunction), std::nullptr_t>&&
               std::is_convertible_v<const Path&, std::filesystem::path>)  //
      Predictor(const Graph& graph, const Model& model, const Path& checkpoint,
                PredictorOptions options = {})
      : PredictorBase(graph, model, checkpoint, std::move(options)) {}
  /// Creates a predictor whose variables have the values that they start with; see PredictorBase.
  Predictor(const Graph& graph, const Model& model, PredictorOptions options = {}) requires(
      std::is_same_v<decltype(ModelFunction), std::nullptr_t>)
      : PredictorBase(graph, model, std::move(options)) {}

 private:
  struct Built {
    Built() : model(ModelFunction(graph)) {}
    Graph graph;
    Model model;
  };
  Predictor(const Built& built, const std::filesystem::path& checkpoint, PredictorOptions options)
      : PredictorBase(built.graph, built.model, checkpoint, std::move(options)) {}
};

}  // namespace foregraph
