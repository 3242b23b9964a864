#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/system/budget.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/diagnose/non_finite.hpp>
#include <foregraph/detail/runtime/prepared_step.hpp>
#include <foregraph/detail/runtime/settings.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <foregraph/detail/train/options/fit_options.hpp>
#include <foregraph/detail/train/predict/exclusive_use.hpp>
#include <foregraph/detail/train/predict/forward_memory.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>

namespace foregraph {

struct TrainerOptions {
  /// Upper limit on training memory, batches included: 512_MiB, Budget::unlimited(), or the memory
  /// the machine has left. A plan beyond the limit is refused with a BudgetError before anything is
  /// allocated.
  Budget memory_budget{};
  /// If a batch does not fit, run it with micro-batches, then recomputation, then both (see
  /// compile/fit_to_budget.hpp), if one of them makes it fit; results agree up to rounding. If
  /// false, the BudgetError names the alternative found.
  bool fit_to_budget = false;
  /// Micro-batch size: fit() computes each batch in parts of this many samples and updates the
  /// parameters once. The batch must be a multiple of it. Zero runs batches whole unless
  /// fit_to_budget splits them. UsageError if the parts of a batch do not add up to the whole, as
  /// with batch norm.
  std::int64_t micro_batch = 0;
  /// Threads that a step may use, including the calling one: 1 to max_threads, or 0 for all cores
  /// the process may use (see default_threads()). Results do not depend on it. The loader's threads
  /// are not counted.
  int threads = 0;
  /// User-defined passes, applied to every graph of the trainer; see compile/compile.hpp.
  std::vector<Pass> passes{};
};

/// A batch whose loss or gradients were not finite. The variables keep their values from before it.
struct FailedStep {
  std::int64_t epoch = 0;
  std::int64_t batch = 0;
  std::int64_t samples = 0;
  std::vector<std::int64_t> rows{};  ///< row numbers in the data set
  std::int64_t batch_size = 0;       ///< batch size of the layout of `inputs`
  std::vector<std::byte> inputs{};   ///< the batch exactly as the step read it
  NonFiniteOrigin origin{};
};

/// A model in training: its variables, the planned training step, and everything needed to feed it.
/// Created by Trainer. Neither movable nor copyable.
///
/// Serves one thread at a time; a call from another thread throws UsageError. While fit() runs, its
/// callbacks may call evaluate(), predict(), preflight(), save() and set(). They may not call
/// fit(), prepare(), step(), profile() or load(), which would overwrite the running training and
/// throw UsageError.
class Training {
 public:
  /// `built` with `model` is the forward graph, `step` its training graph; `make_split` splits the
  /// step into micro-batches on demand.
  Training(const Graph& built, const Model& model, Graph step, TrainerOptions options,
           std::span<const SpecialisedRegion> specialised, SplitMaker make_split);
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;
  ~Training();

  /// Trains the model. Matches the pipeline's fields with the model's inputs by name. Throws
  /// BudgetError, DataError (missing fields, wrong dtypes, labels out of range, or a different
  /// preprocessing than before), BatchError, NumericsError (a NaN or infinite loss: the message
  /// names the op that produced it, and failed_step() keeps the batch), and any exception from the
  /// user's functions; the parameters then have the values of the last complete step.
  History fit(const Pipeline& data, const FitOptions& options = {});
  /// Returns mean loss and metrics over a data set. Updates no parameters and leaves the contents
  /// of input() alone. Uses the pipeline's workers and prefetch. Runs in separate memory that
  /// counts against the memory budget; a batch that does not fit is halved until it does, which
  /// changes results only by rounding. If whole batches do not fit, the step's memory is used
  /// instead, provided that neither fit() nor a loop of yours is using it. A loss that sums over
  /// its samples is divided by their number. Throws BudgetError if a single sample does not fit,
  /// DataError if the model was trained with a different preprocessing or a label is out of range.
  Evaluation evaluate(const Pipeline& data, std::span<const Metric> metrics = {});
  Evaluation evaluate(const Pipeline& data, std::initializer_list<Metric> metrics) {
    return evaluate(data, std::span<const Metric>(metrics.begin(), metrics.size()));
  }
  /// Returns the values of output `output`, [batch,...] in the model, for each sample in data-set
  /// order (shuffling is ignored). f64 is rounded to float. The data need only the fields that the
  /// outputs depend on. Throws UsageError for integer outputs (see predict_as()), and the errors of
  /// evaluate().
  std::vector<float> predict(const Pipeline& data, std::size_t output = 0);
  /// Returns the output as T: float, double, std::int32_t, std::int64_t, or std::uint8_t for
  /// booleans. Throws UsageError if T cannot hold the output's values exactly, except that f64 is
  /// rounded to float.
  template <class T>
  std::vector<T> predict_as(const Pipeline& data, std::size_t output = 0);

  /// Writes the complete training state as a safetensors file: the model's and the optimizer's
  /// variables, settings, counters and the preprocessing; see docs/checkpoint_format.md. Replaces
  /// the file atomically. Throws FileError.
  void save(const std::filesystem::path& path) const;
  /// Restores the state written by save() or by a checkpoint of fit() for the same model and
  /// optimizer. Throws FileError, or DataError for a file that is damaged or from another model,
  /// listing the differences; in that case nothing has changed.
  void load(const std::filesystem::path& path);
  /// Returns the preprocessing the model was trained with; null before training, or if there was
  /// none.
  [[nodiscard]] const Preprocessing* preprocessing() const { return preprocessing_.get(); }

  /// Returns the report that fit() makes before the first step: every detectable reason why
  /// training with these data would fail or learn badly. See diagnose/preflight/preflight.hpp.
  [[nodiscard]] Report preflight(const Pipeline& data, const FitOptions& options = {}) const;

  /// Returns the batch that ended fit() with a NumericsError.
  [[nodiscard]] const std::optional<FailedStep>& failed_step() const { return failed_step_; }
  /// Replays the failed step, keeping every value, and returns where the first non-finite value
  /// appears. Updates nothing. Throws UsageError if no step has failed.
  [[nodiscard]] NonFiniteOrigin replay_failed_step();

  /// Plans and allocates for batches of `batch_size`, for a training loop of your own: fill input()
  /// and call step() as often as needed. Batches run whole, with recomputation if necessary. Spans
  /// returned by input() stay valid until fit(), or until prepare() with different arguments.
  void prepare(std::int64_t batch_size, std::int64_t input_buffers = 1);
  /// Returns the memory of an input for the next step, row-major; T must be its element type.
  template <class T>
  [[nodiscard]] std::span<T> input(std::string_view name) {
    const NodeId id = find_input(name);
    check_dtype(prepared().graph(), id, dtype_of<T>);
    inputs_in_use_ = true;
    return {reinterpret_cast<T*>(prepared().address_of(id)),
            static_cast<std::size_t>(
                prepared().graph().node(id).shape.elements().at(prepared().plan().batch))};
  }
  /// Runs one training step on the current inputs.
  void step() {
    use_.run_quickly("step()", [this] {
      prepared().run();
      kept_loss_.reset();
    });
  }
  /// Measures where the time of a step goes: runs the warm-up and `options.steps` training steps on
  /// the current inputs. The file and callback members of `options` are for fit() and not used
  /// here.
  [[nodiscard]] Profile profile(const ProfileOptions& options = {});
  /// Returns the loss of the last step, over its whole batch.
  [[nodiscard]] double loss() const;

  /// Returns a variable by full name, as "hidden/weight" or "hidden/weight.m".
  template <class T>
  [[nodiscard]] std::span<T> variable(std::string_view name) {
    const std::size_t v = find_variable(name);
    const NodeId id = step_graph_.variables[v].node;
    check_dtype(step_graph_, id, dtype_of<T>);
    return {reinterpret_cast<T*>(variables_.data() + variable_offsets_[v]),
            static_cast<std::size_t>(step_graph_.node(id).shape.elements().constant)};
  }
  /// Changes a setting, such as "learning_rate", from the next step on. If a combined optimizer has
  /// several settings of that name, prefix scopes to choose one, as in "head/adam/learning_rate";
  /// see runtime/settings.hpp. Throws UsageError if there is no such setting, or if the name
  /// matches several with different values.
  void set(std::string_view setting, double value);

  /// Returns the graph of the training step.
  [[nodiscard]] const Graph& step_graph() const { return step_graph_; }
  /// Returns the current plan, of the whole step or of a micro-batch; valid after prepare() or
  /// fit().
  [[nodiscard]] const Plan& plan() const;
  /// Returns how the step was made to fit and the cost of that; valid after prepare() or fit().
  [[nodiscard]] const Answer& answer() const;
  [[nodiscard]] const Program& program() const { return prepared(); }
  /// Returns the bytes allocated for variables, batches, transient values and evaluation, and those
  /// that the last fit() took for its pipeline and copies of the variables. The sum is the plan's
  /// peak, unless evaluate() or predict() needed more than fit() had planned for them.
  [[nodiscard]] Bytes allocated() const;

 private:
  friend class FitRun;
  [[nodiscard]] CheckpointContent content() const;
  void restore(const Checkpoint& checkpoint);
  /// Returns the bytes currently allocated.
  [[nodiscard]] Bytes held() const;
  /// Throws BudgetError unless `plan` of `graph` fits what may be allocated.
  void check_fits(const Graph& graph, const Plan& plan) const;
  [[nodiscard]] TrainingBudget budget_now() const;
  [[nodiscard]] const Program& prepared() const;
  /// Returns the learning rate if the optimizer has one, or several with the same value.
  [[nodiscard]] std::optional<double> learning_rate() const;
  /// Throws UsageError unless a schedule can set the rate: the optimizer must have one rate, or
  /// several with the same value.
  void check_schedule() const;
  void set_learning_rate(double rate);
  void set_at(std::span<const std::size_t> settings, std::string_view name, double value);
  static void check_dtype(const Graph& g, NodeId id, DType asked);
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
  void prepare_step(Wanted wanted);
  /// Sets `evaluation_is_planned` to false if there is no room for evaluation.
  [[nodiscard]] FittedStep fitted(const Wanted& wanted, bool& evaluation_is_planned) const;
  [[nodiscard]] FittedStep in_micro_batches(Plan plan, std::int64_t part) const;
  [[nodiscard]] NodeId find_input(std::string_view name) const;
  [[nodiscard]] std::size_t find_variable(std::string_view name) const;
  [[nodiscard]] ForwardRequest forward_request(const Graph& graph, const Pipeline& data,
                                               const char* call) const;
  /// Runs `work` on a forward pass of `graph`, in separate memory or, if whole batches do not fit
  /// the budget and the step's memory is free, in the step's memory.
  template <class Work>
  auto run_forward(const Graph& graph, const Pipeline& data, const char* call, const Work& work);
  Evaluation evaluate_now(const Pipeline& data, std::span<const Metric> metrics);

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
  std::int64_t epoch_ = 0;
  std::int64_t steps_ = 0;  ///< over all calls of fit()
  std::shared_ptr<const Preprocessing> preprocessing_;
  bool has_trained_ = false;  ///< preprocessing_ was used in training
  /// Checkpoint path of the last fit() since construction or load(); empty if it had none.
  std::filesystem::path fit_checkpoint_{};
  std::optional<FailedStep> failed_step_;
  std::string told_;  ///< last preflight report, so that repeated fit() calls do not print it again
};

}  // namespace foregraph
