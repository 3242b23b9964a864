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

#include <foregraph/detail/base/system/machine_memory.hpp>
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

/// For TrainerOptions::memory_budget: whatever the plan asks for is allocated.
inline constexpr Bytes no_memory_limit{};

struct TrainerOptions {
  /// The most bytes training may take, batches included. What does not fit is refused with a
  /// BudgetError before it is allocated. Unset: what the process may still take, less a margin,
  /// asked anew whenever something is to be allocated; see machine_memory(). Zero, which is
  /// no_memory_limit: no limit.
  std::optional<Bytes> memory_budget{};
  /// Where and with which margin the budget is looked for if it is unset.
  MachineMemoryOptions machine{};
  /// What to do with a batch that does not fit: run it all the same, in another way that gives the
  /// same result to rounding (micro-batches, then recomputation, then both; see
  /// compile/fit_to_budget.hpp), if there is one. Otherwise a BudgetError says what there is.
  bool fit_to_budget = false;
  /// fit() computes each batch in parts of so many samples, of which the batch must be a multiple,
  /// and updates the parameters once. Zero: whole, unless fit_to_budget asks for parts. UsageError
  /// if the parts of a batch do not add up to the whole, as with batch norm.
  std::int64_t micro_batch = 0;
  /// Threads that a step may use, the calling one among them: 1 to max_threads, or 0 for all cores
  /// the process may use (see default_threads()). Results do not depend on it. The loader's threads
  /// are not counted.
  int threads = 0;
  /// Passes of your own, which every graph of the trainer goes through; see compile/compile.hpp.
  std::vector<Pass> passes{};
};

/// A batch whose loss or gradients were not finite. The variables are as they were before it.
struct FailedStep {
  std::int64_t epoch = 0;
  std::int64_t batch = 0;
  std::int64_t samples = 0;
  std::vector<std::int64_t> rows{};  ///< of the data set
  std::int64_t batch_size = 0;       ///< for which the inputs are laid out
  std::vector<std::byte> inputs{};   ///< the batch as the step read it
  NonFiniteOrigin origin{};
};

/// A model in training: its variables, the planned training step, and what it takes to feed it.
/// Made by Trainer. Moving or copying is not possible.
///
/// Serves one thread at a time. While fit() runs, its callbacks may call evaluate(), predict(),
/// preflight(), save() and set(); fit(), prepare(), step(), profile() and load() would overwrite
/// the running training and throw UsageError then, as every call from another thread does.
class Training {
 public:
  /// `built` with `model` is the forward graph, `step` its training graph; `make_split` cuts the
  /// step in parts when that is asked for.
  Training(const Graph& built, const Model& model, Graph step, TrainerOptions options,
           std::span<const SpecialisedRegion> specialised, SplitMaker make_split);
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;
  ~Training();

  /// Trains. The pipeline's fields are matched with the model's inputs by name. Throws BudgetError,
  /// DataError (fields missing or of the wrong type, labels out of range, another preprocessing
  /// than before), BatchError, NumericsError (a loss that is NaN or infinite: the message names the
  /// op that made it, failed_step() keeps the batch), and what the user's functions throw; the
  /// parameters then have the values of the last complete step.
  History fit(const Pipeline& data, const FitOptions& options = {});
  /// Computes mean loss and metrics over a data set; nothing is updated, and what is in input()
  /// stays. Uses the pipeline's workers and prefetch. Works in memory of its own, which counts
  /// against the memory budget: a batch that does not fit is halved until it does, which changes
  /// results by rounding. If the budget leaves no room at all, the step's memory is used, provided
  /// that neither fit() nor a loop of yours is using it. A loss that sums up its samples is divided
  /// by their number. Throws BudgetError if a single sample does not fit, DataError if the model
  /// was trained with another preprocessing or a label is out of range.
  Evaluation evaluate(const Pipeline& data, std::span<const Metric> metrics = {});
  Evaluation evaluate(const Pipeline& data, std::initializer_list<Metric> metrics) {
    return evaluate(data, std::span<const Metric>(metrics.begin(), metrics.size()));
  }
  /// Returns the values of output `output`, [batch,...] in the model, for each sample in the order
  /// of the data set (shuffling is ignored). f64 is rounded to float. The data needs only the
  /// fields that the outputs depend on. Throws UsageError for outputs of integers, see
  /// predict_as(), and as evaluate() does.
  std::vector<float> predict(const Pipeline& data, std::size_t output = 0);
  /// The same as T: float, double, std::int32_t, std::int64_t, or std::uint8_t for booleans. Throws
  /// UsageError if the output is of a type whose values T does not hold exactly; f64 as float is
  /// rounded.
  template <class T>
  std::vector<T> predict_as(const Pipeline& data, std::size_t output = 0);

  /// Writes all that it takes to go on: variables with the optimizer's, settings, counters and the
  /// preprocessing, as a safetensors file; see docs/checkpoint_format.md. The file is replaced as a
  /// whole or not at all. Throws FileError.
  void save(const std::filesystem::path& path) const;
  /// Takes over what save() or a checkpoint of fit() has written for the same model and optimizer.
  /// Throws FileError, or DataError for a file that is damaged or of another model, with what
  /// differs; nothing has changed then.
  void load(const std::filesystem::path& path);
  /// What the data went through when the model was trained; null before that, or if nothing.
  [[nodiscard]] const Preprocessing* preprocessing() const { return preprocessing_.get(); }

  /// What fit() looks at before the first step: everything that can be known to make training with
  /// these data fail or learn badly. See diagnose/preflight/preflight.hpp.
  [[nodiscard]] Report preflight(const Pipeline& data, const FitOptions& options = {}) const;

  /// The batch that ended fit() with a NumericsError.
  [[nodiscard]] const std::optional<FailedStep>& failed_step() const { return failed_step_; }
  /// Computes that step once more, keeping every value, and says where it goes wrong. Nothing is
  /// updated. Throws UsageError if there is none.
  [[nodiscard]] NonFiniteOrigin replay_failed_step();

  /// Plans and allocates for batches of `batch_size`, for a loop of your own: then fill input() and
  /// call step(), each as often as needed. Batches run whole here, if need be with recomputation.
  /// Spans that input() returned are valid until fit(), or prepare() with other arguments.
  void prepare(std::int64_t batch_size, std::int64_t input_buffers = 1);
  /// The memory of an input for the next step, row-major; T must be its element type.
  template <class T>
  [[nodiscard]] std::span<T> input(std::string_view name) {
    const NodeId id = find_input(name);
    check_dtype(prepared().graph(), id, dtype_of<T>);
    inputs_in_use_ = true;
    return {reinterpret_cast<T*>(prepared().address_of(id)),
            static_cast<std::size_t>(
                prepared().graph().node(id).shape.elements().at(prepared().plan().batch))};
  }
  /// One training step on what is in the inputs.
  void step() {
    use_.run_quickly("step()", [this] {
      prepared().run();
      kept_loss_.reset();
    });
  }
  /// Where the time of a step goes: runs `options.steps` training steps, and the warm-up before, on
  /// what is in the inputs. `options` names no file and nobody to be told; that is for fit().
  [[nodiscard]] Profile profile(const ProfileOptions& options = {});
  /// Returns the loss of the last step, of its whole batch.
  [[nodiscard]] double loss() const;

  /// A parameter or another variable by its full name, as "hidden/weight" or "hidden/weight.m".
  template <class T>
  [[nodiscard]] std::span<T> variable(std::string_view name) {
    const std::size_t v = find_variable(name);
    const NodeId id = step_graph_.variables[v].node;
    check_dtype(step_graph_, id, dtype_of<T>);
    return {reinterpret_cast<T*>(variables_.data() + variable_offsets_[v]),
            static_cast<std::size_t>(step_graph_.node(id).shape.elements().constant)};
  }
  /// Changes a setting, such as "learning_rate", from the next step on. Where an optimizer made of
  /// several has more of that name, the scopes before it tell which is meant, as in
  /// "head/adam/learning_rate"; see runtime/settings.hpp. Throws UsageError if there is no such
  /// setting, or if the name stands for several that have different values.
  void set(std::string_view setting, double value);

  /// The training step's graph.
  [[nodiscard]] const Graph& step_graph() const { return step_graph_; }
  /// The plan in use, of the whole step or of a part of a batch; after prepare() or fit().
  [[nodiscard]] const Plan& plan() const;
  /// How the step was made to fit, and what that costs; after prepare() or fit().
  [[nodiscard]] const Answer& answer() const;
  [[nodiscard]] const Program& program() const { return prepared(); }
  /// Returns the bytes allocated for variables, batches, transient values and evaluation, and by
  /// the last fit() for its pipeline and copies of the variables. That is the plan's peak, unless
  /// evaluate() or predict() were called with more than fit() had planned for them.
  [[nodiscard]] Bytes allocated() const;

 private:
  friend class FitRun;
  [[nodiscard]] CheckpointContent content() const;
  void restore(const Checkpoint& checkpoint);
  /// Bytes that are allocated now.
  [[nodiscard]] Bytes held() const;
  /// Throws BudgetError unless `plan` of `graph` fits what may be allocated.
  void check_fits(const Graph& graph, const Plan& plan) const;
  [[nodiscard]] TrainingBudget budget_now() const;
  [[nodiscard]] const Program& prepared() const;
  /// The learning rate, if the optimizer has one, or several of one value.
  [[nodiscard]] std::optional<double> learning_rate() const;
  /// Throws UsageError unless a schedule can set the rate: one, or several of one value, whose
  /// ratio it keeps.
  void check_schedule() const;
  void set_learning_rate(double rate);
  void set_at(std::span<const std::size_t> settings, std::string_view name, double value);
  static void check_dtype(const Graph& g, NodeId id, DType asked);
  /// Plans and allocates, unless it is done.
  struct Wanted {
    std::int64_t batch_size = 0;
    std::int64_t input_buffers = 1;
    std::int64_t other_bytes = 0;
    std::int64_t micro_batch = 0;
    bool may_split = false;
    std::int64_t evaluation_bytes = 0;       ///< of the passes that fit() will make, if they fit
    std::int64_t evaluation_data_bytes = 0;  ///< of the pipelines of these passes
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  void prepare_step(Wanted wanted);
  /// `evaluation_is_planned` becomes false if there is no room for it.
  [[nodiscard]] FittedStep fitted(const Wanted& wanted, bool& evaluation_is_planned) const;
  [[nodiscard]] FittedStep in_micro_batches(Plan plan, std::int64_t part) const;
  [[nodiscard]] NodeId find_input(std::string_view name) const;
  [[nodiscard]] std::size_t find_variable(std::string_view name) const;
  [[nodiscard]] ForwardRequest forward_request(const Graph& graph, const Pipeline& data,
                                               const char* call) const;
  /// Runs `pass` on a program for `graph`, in memory of its own or, if the budget leaves none and
  /// it is free, in that of the step.
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
  Graph built_;  ///< as the user made it, with its model
  Model model_;
  SplitMaker make_split_;
  std::uint64_t model_fingerprint_ = 0;
  LossKind loss_kind_ = LossKind::average;
  std::unique_ptr<PreparedStep> step_;
  Wanted wanted_{};                     ///< for which step_ was prepared
  bool evaluation_is_planned_ = false;  ///< wanted_.evaluation_bytes are part of the plan
  ForwardMemory forward_{3};            ///< evaluation data, training data, prediction
  bool in_fit_ = false;
  bool step_is_free_ = false;        ///< in fit(): between two epochs
  bool inputs_in_use_ = false;       ///< input() was called since the last plan or fit()
  std::optional<double> kept_loss_;  ///< of the last step, if its memory was used since
  mutable ExclusiveUse use_{"trainer"};
  std::int64_t epoch_ = 0;
  std::int64_t steps_ = 0;  ///< of all calls of fit()
  std::shared_ptr<const Preprocessing> preprocessing_;
  bool has_trained_ = false;  ///< preprocessing_ is what it was trained with
  /// Of the last fit() since this was made or loaded; empty if it had none.
  std::filesystem::path fit_checkpoint_{};
  std::optional<FailedStep> failed_step_;
  std::string told_;  ///< the last report of the preflight: a loop of fit() need not say it again
};

}  // namespace foregraph
