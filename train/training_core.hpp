#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/runtime/prepared_step.hpp>
#include <foregraph/detail/runtime/settings.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <foregraph/detail/train/options/fit_options.hpp>
#include <foregraph/detail/train/options/trainer_options.hpp>
#include <foregraph/detail/train/predict/exclusive_use.hpp>
#include <foregraph/detail/train/predict/forward_memory.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>
#include <foregraph/detail/train/predict/input_values.hpp>
#include <foregraph/detail/train/predict/prediction_model.hpp>
#include <foregraph/detail/train/predict/predictions.hpp>
#include <foregraph/detail/train/training_record.hpp>

namespace foregraph {

/// A model in training: the object to which TrainerBase is a handle. Never moves, because programs,
/// batches and a running fit() refer to it. Does not look for calls from other threads or
/// callbacks; TrainerBase does, through use().
class FOREGRAPH_EXPORT TrainingCore {
 public:
  /// As the constructor of TrainerBase.
  TrainingCore(const Graph& built, const Model& model, Graph step, TrainerOptions options,
               std::span<const SpecialisedRegion> specialised, SplitMaker make_split);
  TrainingCore(const TrainingCore&) = delete;
  TrainingCore& operator=(const TrainingCore&) = delete;

  [[nodiscard]] ExclusiveUse& use() const { return use_; }
  [[nodiscard]] TrainingRecord& record() { return record_; }
  [[nodiscard]] const TrainingRecord& record() const { return record_; }
  [[nodiscard]] const TrainerOptions& options() const { return options_; }
  [[nodiscard]] const Graph& step_graph() const { return step_graph_; }
  [[nodiscard]] const Graph& evaluation_graph() const { return evaluation_graph_; }
  [[nodiscard]] const Graph& prediction_graph() const { return prediction_graph_; }
  [[nodiscard]] PredictionModel prediction_model() const {
    return {&prediction_graph_, output_names_, settings_, variables_.data(), variable_offsets_};
  }
  [[nodiscard]] std::uint64_t model_fingerprint() const { return model_fingerprint_; }
  [[nodiscard]] LossKind loss_kind() const { return loss_kind_; }
  /// Returns true if a gradient is stopped somewhere between the loss and the parameters.
  [[nodiscard]] bool has_stopped_gradients() const;

  /// Return the memory of the variables, and the offset of each in it.
  [[nodiscard]] const Arena& variables() const { return variables_; }
  [[nodiscard]] std::span<const std::int64_t> variable_offsets() const { return variable_offsets_; }
  /// Copy all variables to an arena of the same size, or back.
  void copy_variables_to(const Arena& copy) const {
    std::memcpy(copy.data(), variables_.data(), variables_.size_bytes());
  }
  void copy_variables_from(const Arena& copy) {
    std::memcpy(variables_.data(), copy.data(), variables_.size_bytes());
  }
  /// Returns the names of the variables that hold NaN or infinities; see non_finite_variables().
  [[nodiscard]] std::string non_finite() const {
    return non_finite_variables(step_graph_, variable_offsets_.data(), variables_.data());
  }

  /// Key of a prepared step: prepare_step() plans and allocates only if it changes.
  struct Wanted {
    std::int64_t batch_size = 0;
    std::int64_t input_buffers = 1;
    std::int64_t other_bytes = 0;
    std::int64_t micro_batch = 0;
    bool may_split = false;
    std::int64_t evaluation_bytes = 0;       ///< for the passes that fit() will run, if they fit
    std::int64_t evaluation_data_bytes = 0;  ///< for the pipelines of these passes
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  /// Plans and allocates the step, unless it is there. Throws BudgetError and BatchError.
  void prepare_step(Wanted wanted);
  /// Allocates for the passes whose bytes were in Wanted, if the plan had room for them.
  void prepare_evaluations(std::span<const ForwardRequest> passes);
  [[nodiscard]] bool has_step() const { return step_ != nullptr; }
  /// Returns the prepared step. Throws UsageError if there is none, saying that there is no `what`.
  [[nodiscard]] PreparedStep& step(const char* what = "program") const;
  /// Runs one step on the inputs, for a loop of the user's own.
  void run_step() {
    step().program().run();
    kept_loss_.reset();
  }
  /// Runs a batch or a part of it, as PreparedStep::run(); counts a step that is complete.
  bool run_step(std::int64_t size, std::int64_t slot, std::int64_t batch_size) {
    if (!step_->run(size, slot, batch_size)) return false;
    kept_loss_.reset();
    record_.step_done();
    return true;
  }
  [[nodiscard]] double loss() const;

  /// Marks a running fit() for the object's lifetime.
  class InFit {
   public:
    explicit InFit(TrainingCore& core) : core_(core) {
      core_.in_fit_ = true;
      core_.kept_loss_.reset();
    }
    ~InFit() { core_.in_fit_ = core_.inputs_in_use_ = false; }
    InFit(const InFit&) = delete;
    InFit& operator=(const InFit&) = delete;

   private:
    TrainingCore& core_;
  };
  /// Lets evaluations in fit() reuse the memory of the step for the object's lifetime: between two
  /// epochs.
  class StepIsFree {
   public:
    explicit StepIsFree(TrainingCore& core) : core_(core) { core_.step_is_free_ = true; }
    ~StepIsFree() { core_.step_is_free_ = false; }
    StepIsFree(const StepIsFree&) = delete;
    StepIsFree& operator=(const StepIsFree&) = delete;

   private:
    TrainingCore& core_;
  };

  /// Returns a request for passes of `graph`, one of the graphs above, over `data`.
  [[nodiscard]] ForwardRequest forward_request(const Graph& graph, const data::Pipeline& data,
                                               const char* call) const;
  [[nodiscard]] Evaluation evaluate(const data::Pipeline& data, std::span<const Metric> metrics);
  template <class T>
  [[nodiscard]] std::vector<T> predict(const data::Pipeline& data, std::size_t output);
  [[nodiscard]] Predictions predict_all(const data::Pipeline& data);
  [[nodiscard]] Predictions predict_all(std::span<const InputValues> samples);
  [[nodiscard]] Report preflight(const data::Pipeline& data, const FitOptions& options) const;
  [[nodiscard]] Profile profile(const ProfileOptions& options);
  [[nodiscard]] NonFiniteOrigin replay_failed_step() const;

  /// The training state in a checkpoint.
  [[nodiscard]] CheckpointContent content() const;
  void restore(const Checkpoint& checkpoint);

  /// Returns the memory of an input or a variable, whose dtype must be `asked`. Throws UsageError.
  struct Values {
    std::byte* data = nullptr;
    std::size_t elements = 0;
  };
  [[nodiscard]] Values input(std::string_view name, DType asked);
  [[nodiscard]] Values variable(std::string_view name, DType asked) const;

  void set(std::string_view setting, double value);
  /// Returns the learning rate if the optimizer has one, or several with the same value.
  [[nodiscard]] std::optional<double> learning_rate() const;
  /// Throws UsageError unless a schedule can set the rate: the optimizer must have one rate, or
  /// several with the same value.
  void check_schedule() const;
  void set_learning_rate(double rate);

  /// Returns the limit that applies now.
  [[nodiscard]] TrainingBudget budget_now() const;
  [[nodiscard]] Bytes allocated() const;
  /// As TrainerBase::predicted_peak().
  [[nodiscard]] Bytes predicted_peak(std::int64_t batch_size, std::int64_t input_buffers) const;

 private:
  /// Returns the bytes currently allocated.
  [[nodiscard]] Bytes held() const;
  void set_at(std::span<const std::size_t> settings, std::string_view name, double value);
  /// Sets `evaluation_is_planned` to false if there is no room for evaluation.
  [[nodiscard]] StepWithinBudget fitted(const Wanted& wanted, bool& evaluation_is_planned) const;
  [[nodiscard]] StepWithinBudget in_micro_batches(Plan plan, std::int64_t part) const;
  /// Runs `work` on a forward pass of `graph`, in separate memory or, if whole batches do not fit
  /// the budget and the step's memory is free, in the step's memory.
  template <class Work>
  auto run_forward(const Graph& graph, const data::Pipeline& data, const char* call,
                   const Work& work);

  Graph step_graph_;
  Graph evaluation_graph_;
  Graph prediction_graph_;
  TrainerOptions options_;
  std::vector<SpecialisedRegion> specialised_;
  std::vector<double> settings_;
  SettingNames setting_names_;
  std::vector<std::int64_t> variable_offsets_;
  Arena variables_;
  Graph built_;  ///< the user's graph, with its model
  Model model_;
  std::vector<std::string> output_names_;
  SplitMaker make_split_;
  std::uint64_t model_fingerprint_ = 0;
  LossKind loss_kind_ = LossKind::average;
  std::unique_ptr<PreparedStep> step_;
  Wanted wanted_{};                     ///< arguments for which step_ was prepared
  bool evaluation_is_planned_ = false;  ///< wanted_.evaluation_bytes are part of the plan
  ForwardMemory forward_{3};            ///< evaluation data, training data, prediction
  bool in_fit_ = false;
  bool step_is_free_ = false;        ///< in fit(), between epochs: the step's memory may be reused
  bool inputs_in_use_ = false;       ///< input() was called since the last plan or fit()
  std::optional<double> kept_loss_;  ///< loss of the last step, if its memory was reused since
  mutable ExclusiveUse use_{"trainer"};
  TrainingRecord record_;
};

}  // namespace foregraph
