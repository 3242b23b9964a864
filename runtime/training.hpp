#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/planner/training.hpp>
#include <foregraph/runtime/checkpoint/checkpoint_file.hpp>
#include <foregraph/runtime/data/pipeline.hpp>
#include <foregraph/runtime/fit_options.hpp>
#include <foregraph/runtime/forward_pass.hpp>
#include <foregraph/runtime/machine_memory.hpp>
#include <foregraph/runtime/non_finite.hpp>
#include <foregraph/runtime/prepared_step.hpp>
#include <foregraph/runtime/settings.hpp>
#include <foregraph/runtime/training_budget.hpp>

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
  /// planner/fit_to_budget.hpp), if there is one. Otherwise a BudgetError says what there is.
  bool fit_to_budget = false;
  /// fit() computes each batch in parts of so many samples, of which the batch must be a multiple,
  /// and updates the parameters once. Zero: whole, unless fit_to_budget asks for parts. UsageError
  /// if the parts of a batch do not add up to the whole, as with batch norm.
  std::int64_t micro_batch = 0;
  /// Threads that a step may use, the calling one among them: 1 to max_threads, or 0 for all cores
  /// the process may use (see default_threads()). Results do not depend on it. The loader's threads
  /// are not counted.
  int threads = 0;
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
/// Made by Trainer. Not thread-safe; moving or copying is not possible.
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
  /// Mean loss and metrics over a data set, in memory that training has anyway; nothing is updated.
  /// Throws DataError if the model was trained with another preprocessing.
  Evaluation evaluate(const Pipeline& data, std::span<const Metric> metrics = {});
  /// The values of output `output` for each sample, in the order of the data set (shuffling is
  /// ignored), as float. The data needs only the fields that the outputs depend on. Throws as
  /// evaluate() does.
  std::vector<float> predict(const Pipeline& data, std::size_t output = 0);

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
  /// these data fail or learn badly. See runtime/preflight/preflight.hpp.
  [[nodiscard]] Report preflight(const Pipeline& data, const FitOptions& options = {}) const;

  /// The batch that ended fit() with a NumericsError.
  [[nodiscard]] const std::optional<FailedStep>& failed_step() const { return failed_step_; }
  /// Computes that step once more, keeping every value, and says where it goes wrong. Nothing is
  /// updated. Throws UsageError if there is none.
  [[nodiscard]] NonFiniteOrigin replay_failed_step();

  /// For loops of the user's own: plans and allocates for batches of `batch_size`; then fill
  /// input() and call step(), each as often as needed. Batches run whole here, if need be with
  /// recomputation.
  void prepare(std::int64_t batch_size, std::int64_t input_buffers = 1);
  /// The memory of an input for the next step, row-major; T must be its element type.
  template <class T>
  [[nodiscard]] std::span<T> input(std::string_view name) {
    const NodeId id = find_input(name);
    check_dtype(prepared().graph(), id, dtype_of<T>);
    return {reinterpret_cast<T*>(prepared().address_of(id)),
            static_cast<std::size_t>(
                prepared().graph().node(id).shape.elements().at(prepared().plan().batch))};
  }
  /// One training step on what is in the inputs.
  void step() { prepared().run(); }
  /// Where the time of a step goes: runs `options.steps` training steps, and the warm-up before, on
  /// what is in the inputs. `options` names no file and nobody to be told; that is for fit().
  [[nodiscard]] Profile profile(const ProfileOptions& options = {});
  /// The loss of the last step.
  [[nodiscard]] double loss() const { return prepared().loss(); }

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
  /// Bytes allocated for variables, batches and transient values, and by the last fit() for its
  /// pipeline and copies of the variables: the plan's peak.
  [[nodiscard]] Bytes allocated() const;

 private:
  friend class FitRun;
  struct Forward;  ///< a forward-only program on the same memory
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
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  void prepare_step(Wanted wanted);
  [[nodiscard]] FittedStep fitted(const Wanted& wanted) const;
  [[nodiscard]] FittedStep in_micro_batches(Plan plan, std::int64_t part) const;
  [[nodiscard]] NodeId find_input(std::string_view name) const;
  [[nodiscard]] std::size_t find_variable(std::string_view name) const;
  [[nodiscard]] Forward forward_program(const Graph& graph, std::int64_t batch_size,
                                        std::int64_t slots);

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
  std::unique_ptr<PreparedStep> step_;
  Wanted wanted_{};  ///< for which step_ was prepared
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
