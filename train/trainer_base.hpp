#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/train/training_core.hpp>

namespace foregraph {

/// A model in training: its variables, the planned training step, and everything needed to feed it.
/// Created by Trainer. May be moved, but not copied; a trainer that was moved from can only be
/// destroyed or assigned to, and every other use of it throws UsageError.
///
/// Serves one thread at a time; a call from another thread throws UsageError. While fit() runs, its
/// callbacks may call evaluate(), predict(), predict_all(), preflight(), save() and set(). They may
/// not call fit(), prepare(), step(), profile() or load(), nor move the trainer, which would
/// overwrite the running training and throw UsageError.
class FOREGRAPH_EXPORT TrainerBase {
 public:
  /// `built` with `model` is the forward graph, `step` its training graph; `make_split` splits the
  /// step into micro-batches on demand.
  TrainerBase(const Graph& built, const Model& model, Graph step, TrainerOptions options,
              std::span<const SpecialisedRegion> specialised, SplitMaker make_split);
  TrainerBase(const TrainerBase&) = delete;
  TrainerBase& operator=(const TrainerBase&) = delete;
  /// Takes over the training: programs, batches, callbacks and spans stay valid. Throws UsageError
  /// while a call of `other` (or of the trainer assigned to) is running.
  TrainerBase(TrainerBase&& other);
  /// Takes over the training; see the constructor.
  TrainerBase& operator=(TrainerBase&& other);
  ~TrainerBase();

  /// Trains the model. Matches the pipeline's fields with the model's inputs by name. Throws
  /// BudgetError, DataError (missing fields, wrong dtypes, labels out of range, or a different
  /// preprocessing than before), BatchError, NumericsError (a NaN or infinite loss: the message
  /// names the op that produced it, and failed_step() keeps the batch), and any exception from the
  /// user's functions; the parameters then have the values of the last complete step.
  History fit(const data::Pipeline& data, const FitOptions& options = {});
  /// Returns mean loss and metrics over a data set. Updates no parameters and leaves the contents
  /// of input() alone. Uses the pipeline's workers and prefetch. Runs in separate memory that
  /// counts against the memory budget; a batch that does not fit is halved until it does, which
  /// changes results only by rounding. If whole batches do not fit, the step's memory is used
  /// instead, provided that neither fit() nor a loop of yours is using it. A loss that sums over
  /// its samples is divided by their number. Throws BudgetError if a single sample does not fit,
  /// DataError if the model was trained with a different preprocessing or a label is out of range.
  Evaluation evaluate(const data::Pipeline& data, ListOf<Metric> metrics = {});
  /// Returns the values of output `output`, [batch,...] in the model, for each sample in data-set
  /// order (shuffling is ignored). f64 is rounded to float. The data need only the fields that the
  /// outputs depend on. Throws UsageError for integer outputs (see predict_as()), and the errors of
  /// evaluate().
  std::vector<float> predict(const data::Pipeline& data, std::size_t output = 0);
  /// Returns the output as T: float, double, std::int32_t, std::int64_t, or std::uint8_t for
  /// booleans. Throws UsageError if T cannot hold the output's values exactly, except that f64 is
  /// rounded to float.
  template <class T>
  std::vector<T> predict_as(const data::Pipeline& data, std::size_t output = 0);
  /// Returns all outputs for each sample in data-set order, computed in one pass, with their shapes
  /// and dtypes. The data need only the fields that the outputs depend on. Throws the errors of
  /// evaluate().
  Predictions predict_all(const data::Pipeline& data);
  /// Returns all outputs for samples that are not in a data set:
  ///
  ///     trainer.predict_all({{"x", features}})["logits"].as<float>()
  ///
  /// The values are as before Pipeline::preprocess(), and the preprocessing of the training data is
  /// applied to them. Runs the samples as one batch. Throws DataError for an input that is missing,
  /// unknown or given twice, for another dtype or shape than the input's, and for different numbers
  /// of samples; and the errors of evaluate().
  Predictions predict_all(ListOf<InputValues> samples);

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
  [[nodiscard]] const data::Preprocessing* preprocessing() const {
    return core().record().preprocessing();
  }

  /// Returns the report that fit() makes before the first step: every detectable reason why
  /// training with these data would fail or learn badly. See diagnose/preflight/preflight.hpp.
  [[nodiscard]] Report preflight(const data::Pipeline& data, const FitOptions& options = {}) const;

  /// Returns the batch that ended fit() with a NumericsError.
  [[nodiscard]] const std::optional<FailedStep>& failed_step() const {
    return core().record().failed_step();
  }
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
    const TrainingCore::Values values = core().input(name, dtype_of<T>);
    return {reinterpret_cast<T*>(values.data), values.elements};
  }
  /// Runs one training step on the current inputs.
  void step() {
    TrainingCore& training = core();
    training.use().run_quickly("step()", [&] { training.run_step(); });
  }
  /// Measures where the time of a step goes: runs the warm-up and `options.steps` training steps on
  /// the current inputs. The file and callback members of `options` are for fit() and not used
  /// here.
  [[nodiscard]] Profile profile(const ProfileOptions& options = {});
  /// Returns the loss of the last step, over its whole batch.
  [[nodiscard]] double loss() const { return core().loss(); }

  /// Returns a variable by full name, as "hidden/weight" or "hidden/weight.m".
  template <class T>
  [[nodiscard]] std::span<T> variable(std::string_view name) {
    const TrainingCore::Values values = core().variable(name, dtype_of<T>);
    return {reinterpret_cast<T*>(values.data), values.elements};
  }
  /// Changes a setting, such as "learning_rate", from the next step on. If a combined optimizer has
  /// several settings of that name, prefix scopes to choose one, as in "head/adam/learning_rate";
  /// see runtime/settings.hpp. Throws UsageError if there is no such setting, or if the name
  /// matches several with different values.
  void set(std::string_view setting, double value);

  /// Returns the graph of the training step.
  [[nodiscard]] const Graph& step_graph() const { return core().step_graph(); }
  /// Returns what predict() computes, with the values of the variables.
  [[nodiscard]] PredictionModel prediction_model() const { return core().prediction_model(); }
  /// Returns the current plan, of the whole step or of a micro-batch; valid after prepare() or
  /// fit().
  [[nodiscard]] const Plan& plan() const { return core().step("plan").program().plan(); }
  /// Returns how the step was made to fit and the cost of that; valid after prepare() or fit().
  [[nodiscard]] const RemedyResult& remedy() const { return core().step("plan").remedy(); }
  /// Returns the program of the step; valid after prepare() or fit().
  [[nodiscard]] const Program& program() const { return core().step().program(); }
  /// Returns the bytes allocated for variables, batches, transient values, the threads' workspaces
  /// and evaluation, and those that the last fit() took for its pipeline and copies of the
  /// variables. The sum is the plan's peak, unless evaluate() or predict() needed more than fit()
  /// had planned for them.
  [[nodiscard]] Bytes allocated() const { return core().allocated(); }
  /// Returns the bytes that a step of `batch_size` samples needs with the trainer's options, run as
  /// it is: allocated() after prepare() with the same arguments, whatever the budget. Equal to
  /// peak_memory() with the trainer's number of threads. fit() adds its pipeline, evaluation and
  /// copies of variables; micro-batches and recomputation need less. Plans, but allocates nothing.
  /// Throws BatchError if `batch_size` is below 1 or the bytes do not fit 64 bits.
  [[nodiscard]] Bytes predicted_peak(std::int64_t batch_size,
                                     std::int64_t input_buffers = 1) const {
    return core().predicted_peak(batch_size, input_buffers);
  }

 private:
  /// Throws UsageError if this trainer was moved from.
  [[nodiscard]] TrainingCore& core() const {
    if (!core_) throw_moved_from();
    return *core_;
  }
  [[noreturn]] static void throw_moved_from();

  std::unique_ptr<TrainingCore> core_;
};

}  // namespace foregraph
