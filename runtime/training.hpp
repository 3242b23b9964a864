#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/planner/training.hpp>
#include <foregraph/runtime/data/loader.hpp>
#include <foregraph/runtime/data/pipeline.hpp>
#include <foregraph/runtime/machine_memory.hpp>
#include <foregraph/runtime/prepared_step.hpp>
#include <foregraph/runtime/schedule.hpp>
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
};

struct FitOptions {
  std::int64_t epochs = 1;
  /// A second data set; its loss is computed after each epoch.
  std::optional<Pipeline> evaluation{};
  /// Draw a progress bar on stderr if that is a terminal.
  bool progress = true;
  /// The learning rate of each step; see runtime/schedule.hpp. Empty: as it was set.
  Schedule schedule{};
};

/// What happened in one epoch.
struct EpochResult {
  std::int64_t epoch = 0;  ///< counts on over several calls of fit()
  std::int64_t steps = 0;
  double loss = 0;                  ///< mean over the samples, each with the parameters of its step
  double batch_loss_deviation = 0;  ///< standard deviation of the batches' losses
  std::optional<double> evaluation_loss{};
  double seconds = 0;                     ///< of training, without the evaluation
  std::optional<double> learning_rate{};  ///< of the last step, if the optimizer has one
};
using History = std::vector<EpochResult>;

struct Evaluation {
  double loss = 0;  ///< mean over the samples
  std::int64_t samples = 0;
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
  /// DataError (fields missing or of the wrong type, labels out of range), BatchError, and what the
  /// user's transforms throw; the parameters then have the values of the last complete step.
  History fit(const Pipeline& data, const FitOptions& options = {});
  /// Mean loss over a data set, in memory that training has anyway; nothing is updated.
  Evaluation evaluate(const Pipeline& data);
  /// The values of output `output` for each sample, in the order of the data set (shuffling is
  /// ignored), as float. The data needs only the fields that the outputs depend on.
  std::vector<float> predict(const Pipeline& data, std::size_t output = 0);

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
  /// Changes a setting, such as "learning_rate", from the next step on; for all dtypes that have
  /// one of that name.
  void set(std::string_view setting, double value);

  /// The training step's graph.
  [[nodiscard]] const Graph& step_graph() const { return step_graph_; }
  /// The plan in use, of the whole step or of a part of a batch; after prepare() or fit().
  [[nodiscard]] const Plan& plan() const;
  /// How the step was made to fit, and what that costs; after prepare() or fit().
  [[nodiscard]] const Answer& answer() const;
  [[nodiscard]] const Program& program() const { return prepared(); }
  /// Bytes allocated for variables, batches and transient values: the plan's peak.
  [[nodiscard]] Bytes allocated() const;

 private:
  struct Forward;  ///< a forward-only program on the same memory
  /// Throws BudgetError unless `plan` of `graph` fits what may be allocated.
  void check_fits(const Graph& graph, const Plan& plan) const;
  [[nodiscard]] TrainingBudget budget_now() const;
  [[nodiscard]] const Program& prepared() const;
  /// The setting of that name, if the optimizer has one.
  [[nodiscard]] std::optional<double> learning_rate() const;
  static void check_dtype(const Graph& g, NodeId id, DType asked);
  /// Plans and allocates, unless it is done.
  void prepare_step(std::int64_t batch_size, std::int64_t input_buffers, bool may_split);
  [[nodiscard]] FittedStep fitted(std::int64_t batch_size, std::int64_t input_buffers,
                                  bool may_split) const;
  [[nodiscard]] FittedStep in_micro_batches(Plan plan) const;
  EpochResult run_epoch(Loader& loader, const Pipeline& data, const FitOptions& options,
                        std::int64_t last_epoch);
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
  std::vector<std::int64_t> variable_offsets_;
  Arena variables_;
  SplitMaker make_split_;
  std::unique_ptr<PreparedStep> step_;
  std::int64_t input_buffers_ = 0;  ///< for which step_ was prepared
  bool whole_ = false;              ///< step_ was prepared to run whole batches only
  std::int64_t epoch_ = 0;
  std::int64_t steps_ = 0;  ///< of all calls of fit()
};

}  // namespace foregraph
